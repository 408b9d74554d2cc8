#include "glyffuser/diffusion/dpm_solver_sde.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/sigmas.hpp"
#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {
namespace {

/// The rates of x_t = sample / sqrt(1 + sigma^2), which the denoiser knows.
double signal_rate(double sigma) {
  return 1 / std::sqrt(1 + sigma * sigma);
}

/// A seed for each row of float32 numbers [B, N].
std::vector<std::uint64_t> seeds_from(const torch::Tensor& numbers) {
  std::vector<std::uint64_t> seeds;
  for (std::int64_t row = 0; row < numbers.size(0); ++row) {
    std::uint64_t seed = 0;
    for (std::int64_t i = 0; i < numbers.size(1); ++i)
      seed = derive_seed(seed, "path", std::bit_cast<std::uint32_t>(numbers[row][i].item<float>()));
    seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace

DpmSolverSdeScheduler::DpmSolverSdeScheduler(const SchedulerConfig& config, std::vector<double> times,
                                             double eta)
    : Scheduler(without_clip(config)), eta_(eta) {
  if (!(eta >= 0 && eta <= 1)) throw ConfigError(cat("eta is ", eta, ", expected 0 to 1"));
  check_timesteps(times, config.num_train_timesteps);
  const SigmaTable table(schedule());
  std::vector<double> sigmas;
  for (const double time : times) sigmas.push_back(table.at(time));
  if (config.solver.use_karras_sigmas) {
    sigmas = karras_sigmas(sigmas.front(), sigmas.back(), static_cast<std::int64_t>(sigmas.size()));
    std::transform(sigmas.begin(), sigmas.end(), times.begin(), [&](double s) { return table.timestep(s); });
  }
  std::vector<double> timesteps;
  for (std::size_t i = 0; i < sigmas.size(); ++i) {
    const double sigma = static_cast<float>(sigmas[i]);
    if (i > 0) {
      sigmas_.push_back(std::sqrt(sigmas_.back() * sigma));  // half-way in log sigma
      timesteps.push_back(table.timestep(sigmas_.back()));
    }
    sigmas_.push_back(sigma);
    timesteps.push_back(times[i]);
  }
  sigmas_.push_back(0);
  set_timesteps(std::move(timesteps));
}

double DpmSolverSdeScheduler::init_noise_sigma() const {
  // A list that does not begin at T-1 begins with some signal, whose variance counts: diffusers.
  const bool leading = config().timestep_spacing == "leading";
  return leading ? std::sqrt(sigmas_[0] * sigmas_[0] + 1) : sigmas_[0];
}

torch::Tensor DpmSolverSdeScheduler::scale_model_input(const torch::Tensor& sample, std::size_t index) const {
  return signal_rate(sigmas_[index]) * sample;
}

torch::Tensor DpmSolverSdeScheduler::add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                                               std::size_t index) const {
  return original + sigmas_[index] * noise;
}

void DpmSolverSdeScheduler::reset() {
  start_.reset();
  paths_.reset();
}

StepResult DpmSolverSdeScheduler::step(const torch::Tensor& model_output, std::size_t index,
                                       const torch::Tensor& sample, const NoiseSource& noise) {
  const double sigma = sigmas_[index];
  const double signal = signal_rate(sigma);
  const Rates rates{torch::tensor(signal, torch::kFloat64), torch::tensor(signal * sigma, torch::kFloat64)};
  const torch::Tensor x = at_least_float32(sample);
  const torch::Tensor original = clip_original(
      predicted_original(prediction_type(), at_least_float32(model_output), signal * x, rates), config());

  torch::Tensor next = original;  // at the end
  const bool second = index % 2 == 1;
  if (second) {
    if (!start_.defined()) throw std::logic_error("the second evaluation of a step without its first");
    next = advance(start_, original, sigmas_[index - 1], sigmas_[index + 1], noise);
    start_.reset();
  } else if (sigmas_[index + 1] > 0) {
    next = advance(x, original, sigma, sigmas_[index + 1], noise);
    start_ = x;
  }
  return {next.to(sample.dtype()), original.to(sample.dtype())};
}

torch::Tensor DpmSolverSdeScheduler::advance(const torch::Tensor& sample, const torch::Tensor& original,
                                             double from, double to, const NoiseSource& noise) {
  const double up = std::min(to, eta_ * to * std::sqrt(1 - to * to / (from * from)));
  const double down = std::sqrt(to * to - up * up);
  torch::Tensor next = down / from * sample + (1 - down / from) * original;
  if (up > 0) next = next + up * path_noise(sample, from, to, noise);
  return next;
}

torch::Tensor DpmSolverSdeScheduler::path_noise(const torch::Tensor& sample, double from, double to,
                                                const NoiseSource& noise) {
  if (!paths_) {
    const torch::Tensor numbers = noise(torch::empty({sample.size(0), 4}));
    paths_.emplace(seeds_from(numbers), sample.sizes().slice(1).vec());
  }
  const auto begin = static_cast<float>(from);
  const auto end = static_cast<float>(to);
  const torch::Tensor increment = paths_->at(end) - paths_->at(begin);
  return (increment / std::sqrt(static_cast<double>(begin) - end)).to(sample.options());
}

}  // namespace glyffuser

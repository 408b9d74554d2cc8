#include "glyffuser/diffusion/dpm_solver.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {
namespace {

/// With fewer steps lower_order_final counts (diffusers, and the authors' own code).
constexpr std::size_t kFewSteps = 15;

/// A noise level as the papers have it: alpha^2 + sigma^2 = 1, lambda = log(alpha / sigma).
struct Level {
  explicit Level(double ratio)
      : alpha(1 / std::sqrt(1 + ratio * ratio)), sigma(ratio * alpha), lambda(-std::log(ratio)) {}
  double alpha, sigma, lambda;
};

/// How many time steps, from 0 up, have a lambda of at least lambda_min_clipped.
std::int64_t visited_timesteps(const SigmaTable& table, const SolverConfig& solver) {
  auto count = static_cast<std::int64_t>(table.size());
  while (count > 1 && -std::log(table.at(static_cast<double>(count - 1))) < solver.lambda_min_clipped)
    --count;
  return count;
}

}  // namespace

DpmSolverScheduler::DpmSolverScheduler(const SchedulerConfig& config, std::int64_t steps)
    : Scheduler(without_clip(config)), table_(schedule()) {
  check_step_count(steps, config.num_train_timesteps);
  if (config.solver.use_karras_sigmas) {
    visit_sigmas(karras_sigmas(table_.largest(), table_.smallest(), steps));
  } else if (config.solver.use_lu_lambdas) {
    visit_sigmas(lu_sigmas(table_.largest(), table_.smallest(), steps));
  } else {
    visit_timesteps(solver_timesteps(config.timestep_spacing, config.num_train_timesteps, steps,
                                     config.steps_offset, visited_timesteps(table_, config.solver)));
  }
}

DpmSolverScheduler::DpmSolverScheduler(const SchedulerConfig& config,
                                       const std::vector<std::int64_t>& timesteps)
    : Scheduler(without_clip(config)), table_(schedule()) {
  if (config.solver.use_karras_sigmas || config.solver.use_lu_lambdas)
    throw ConfigError(
        "a list of time steps was given with use_karras_sigmas or use_lu_lambdas, which choose "
        "their own, expected one of them");
  check_timesteps(timesteps, config.num_train_timesteps);
  visit_timesteps(timesteps);
}

void DpmSolverScheduler::visit_timesteps(const std::vector<std::int64_t>& timesteps) {
  set_timesteps({timesteps.begin(), timesteps.end()});
  for (const double timestep : Scheduler::timesteps()) sigmas_.push_back(table_.at(timestep));
  end_sigmas();
}

void DpmSolverScheduler::visit_sigmas(const std::vector<double>& sigmas) {
  // diffusers tells the denoiser whole time steps only, and for a cosine schedule cuts them off.
  const bool cut = config().beta_schedule == "squaredcos_cap_v2";
  std::vector<double> timesteps;
  for (const double sigma : sigmas) {
    const double timestep = table_.timestep(sigma);
    timesteps.push_back(cut ? std::floor(timestep) : std::nearbyint(timestep));
    sigmas_.push_back(static_cast<float>(sigma));
  }
  set_timesteps(std::move(timesteps));
  end_sigmas();
}

void DpmSolverScheduler::end_sigmas() {
  // Rounding must not make the end noisier than the last step.
  const bool zero = config().solver.final_sigmas_type == "zero";
  sigmas_.push_back(zero ? 0.0 : std::min(table_.smallest(), sigmas_.back()));
}

torch::Tensor DpmSolverScheduler::add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                                            std::size_t index) const {
  const Level level(sigmas_[index]);
  return level.alpha * original + level.sigma * noise;
}

StepResult DpmSolverScheduler::step(const torch::Tensor& model_output, std::size_t index,
                                    const torch::Tensor& sample, const NoiseSource& noise) {
  if (index != next_) outputs_.clear();  // a run begins here
  next_ = index + 1;
  const Level level(sigmas_[index]);
  const Rates rates{torch::tensor(level.alpha, torch::kFloat64), torch::tensor(level.sigma, torch::kFloat64)};
  const torch::Tensor x = at_least_float32(sample);
  const torch::Tensor output = at_least_float32(model_output);
  const torch::Tensor original =
      clip_original(predicted_original(prediction_type(), output, x, rates), config());
  if (predicts_data()) {
    outputs_.push_front(original);
  } else {
    outputs_.push_front(clips(config()) ? epsilon_from_original(original, x, rates)
                                        : predicted_epsilon(prediction_type(), output, x, rates));
  }
  if (outputs_.size() > static_cast<std::size_t>(config().solver.solver_order)) outputs_.pop_back();
  return {advance(index, x, noise).to(sample.dtype()), original.to(sample.dtype())};
}

bool DpmSolverScheduler::predicts_data() const {
  return config().solver.algorithm_type.ends_with("++");
}

std::size_t DpmSolverScheduler::order(std::size_t index) const {
  const std::size_t left = timesteps().size() - index;
  const bool careful = config().solver.lower_order_final && timesteps().size() < kFewSteps;
  // The second order extrapolates over log sigma, which has no end at zero.
  const bool first_at_end = careful || config().solver.euler_at_final || sigmas_.back() == 0;
  if (left == 1 && first_at_end) return 1;
  if (left == 2 && careful) return std::min<std::size_t>(outputs_.size(), 2);
  return outputs_.size();
}

// With the names of arXiv 2211.01095, section 4 and appendix: the exact solution of the equation's linear
// part, and the integrals of a polynomial through the outputs. The stochastic forms go twice as far and add
// noise.
DpmSolverScheduler::Update DpmSolverScheduler::update(std::size_t index, std::size_t order) const {
  const Level from(sigmas_[index]);
  const Level to(sigmas_[index + 1]);
  const double h = to.lambda - from.lambda;
  // A last step to zero takes all noise away, so it adds none.
  const bool stochastic = config().solver.algorithm_type.starts_with("sde-") && to.sigma > 0;
  const double times = stochastic ? 2 : 1;
  const bool midpoint = order == 2 && config().solver.solver_type == "midpoint";
  Update update;
  if (predicts_data()) {
    const double gain = -std::expm1(-times * h);
    update.sample = to.sigma / from.sigma * (stochastic ? std::exp(-h) : 1);
    update.d0 = to.alpha * gain;
    if (midpoint)
      update.d1 = 0.5 * to.alpha * gain;
    else if (order >= 2 && h > 0)
      update.d1 = to.alpha * (1 - gain / (times * h));
    if (order == 3 && h > 0) update.d2 = to.alpha * (0.5 + (gain - h) / (h * h));
    if (stochastic) update.noise = to.sigma * std::sqrt(-std::expm1(-2 * h));
  } else {
    const double carried = from.sigma * to.alpha / from.alpha;  // sigma_t e^h, finite at the end
    const double gain = carried - to.sigma;
    update.sample = to.alpha / from.alpha;
    update.d0 = -times * gain;
    if (midpoint)
      update.d1 = -0.5 * times * gain;
    else if (order >= 2 && h > 0)
      update.d1 = -times * (gain / h - to.sigma);
    if (order == 3 && h > 0) update.d2 = -((gain - to.sigma * h) / (h * h) - 0.5 * to.sigma);
    if (stochastic) update.noise = std::sqrt(std::max(0.0, carried * carried - to.sigma * to.sigma));
  }
  return update;
}

torch::Tensor DpmSolverScheduler::advance(std::size_t index, const torch::Tensor& sample,
                                          const NoiseSource& noise) const {
  const std::size_t order = this->order(index);
  const Update by = update(index, order);
  torch::Tensor next = by.sample * sample + by.d0 * outputs_[0];
  if (order >= 2) {
    const auto lambda = [&](std::size_t i) { return Level(sigmas_[i]).lambda; };
    const double h = lambda(index + 1) - lambda(index);
    const double before = lambda(index) - lambda(index - 1);
    torch::Tensor d1 = h / before * (outputs_[0] - outputs_[1]);
    if (order == 3) {
      const double earlier = lambda(index - 1) - lambda(index - 2);
      const torch::Tensor bend = d1 - h / earlier * (outputs_[1] - outputs_[2]);
      d1 = d1 + before / (before + earlier) * bend;
      next = next + by.d2 * h / (before + earlier) * bend;
    }
    next = next + by.d1 * d1;
  }
  return by.noise > 0 ? next + by.noise * noise(next) : next;
}

}  // namespace glyffuser

#include "glyffuser/diffusion/sigmas.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {
namespace {

constexpr float kLeastAlpha = 0x1p-24F;  // the smallest positive number in float16

/// `steps` values from `first` to `last`, evenly spaced.
std::vector<double> ramp(double first, double last, std::int64_t steps) {
  const double stride = 1.0 / static_cast<double>(std::max<std::int64_t>(steps - 1, 1));
  std::vector<double> values;
  for (std::int64_t i = 0; i < steps; ++i) {
    // numpy.linspace multiplies by the rounded stride and puts the last value exactly.
    const double share = i > 0 && i == steps - 1 ? 1 : static_cast<double>(i) * stride;
    values.push_back(first + share * (last - first));
  }
  return values;
}

}  // namespace

SigmaTable::SigmaTable(const NoiseSchedule& schedule) {
  const torch::Tensor alphas = schedule.alphas_cumprod();
  const torch::Tensor finite = torch::where(alphas > 0, alphas, torch::tensor(kLeastAlpha));
  const torch::Tensor sigmas = ((1 - finite) / finite).sqrt().contiguous();
  sigmas_.assign(sigmas.const_data_ptr<float>(), sigmas.const_data_ptr<float>() + sigmas.numel());
  // Shortly before a terminal SNR of zero there can be more noise than the finite sigma there stands for.
  for (std::size_t t = sigmas_.size() - 1; t-- > 0;)
    if (sigmas_[t] >= sigmas_[t + 1]) sigmas_[t] = 0.999F * sigmas_[t + 1];
  for (const float sigma : sigmas_)
    log_sigmas_.push_back(static_cast<float>(std::log(static_cast<double>(sigma))));
}

double SigmaTable::at(double timestep) const {
  const auto low = static_cast<std::size_t>(timestep);
  if (low + 1 >= sigmas_.size()) return sigmas_.back();
  const double from = sigmas_[low];
  return from + (timestep - static_cast<double>(low)) * (sigmas_[low + 1] - from);
}

double SigmaTable::timestep(double sigma) const {
  const double log_sigma = std::log(sigma);
  if (sigmas_.size() == 1 || log_sigma <= log_sigmas_.front()) return 0;
  const auto above = std::upper_bound(log_sigmas_.begin() + 1, log_sigmas_.end() - 1, log_sigma);
  const double share = std::min((log_sigma - above[-1]) / static_cast<double>(above[0] - above[-1]), 1.0);
  const auto high = static_cast<double>(above - log_sigmas_.begin());
  return (1 - share) * (high - 1) + share * high;
}

std::vector<double> karras_sigmas(double largest, double smallest, std::int64_t steps) {
  constexpr double kRho = 7;  // the paper's
  std::vector<double> sigmas = ramp(std::pow(largest, 1 / kRho), std::pow(smallest, 1 / kRho), steps);
  for (double& sigma : sigmas) sigma = std::pow(sigma, kRho);
  return sigmas;
}

std::vector<double> lu_sigmas(double largest, double smallest, std::int64_t steps) {
  // diffusers' ends are of its table, which is float32. It matters where log sigma hardly changes with time.
  const auto log_of = [](double sigma) { return static_cast<double>(static_cast<float>(std::log(sigma))); };
  std::vector<double> sigmas = ramp(log_of(largest), log_of(smallest), steps);
  for (double& sigma : sigmas) sigma = std::exp(sigma);
  return sigmas;
}

}  // namespace glyffuser

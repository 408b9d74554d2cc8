#include "glyffuser/diffusion/noise_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

const torch::TensorOptions kFloat32 = torch::dtype(torch::kFloat32);

/// Nichol & Dhariwal 2021 (arXiv 2102.09672, equation 17); the betas are made in double and stored in float.
torch::Tensor cosine_betas(std::int64_t steps) {
  const auto alpha_bar = [](double t) {
    return std::pow(std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2), 2);
  };
  constexpr double kMaxBeta = 0.999;
  std::vector<double> betas;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double from = static_cast<double>(i) / static_cast<double>(steps);
    const double to = static_cast<double>(i + 1) / static_cast<double>(steps);
    betas.push_back(std::min(1 - alpha_bar(to) / alpha_bar(from), kMaxBeta));
  }
  return torch::tensor(betas, torch::kFloat64).to(torch::kFloat32);
}

torch::Tensor make_betas(const SchedulerConfig& config) {
  const std::int64_t steps = config.num_train_timesteps;
  if (!config.trained_betas.empty()) {
    return torch::tensor(config.trained_betas, torch::kFloat64).to(torch::kFloat32);
  }
  if (config.beta_schedule == "linear") {
    return torch::linspace(config.beta_start, config.beta_end, steps, kFloat32);
  }
  if (config.beta_schedule == "scaled_linear") {
    return torch::linspace(std::sqrt(config.beta_start), std::sqrt(config.beta_end), steps, kFloat32).pow(2);
  }
  return cosine_betas(steps);
}

/// Shifts and scales sqrt(alphas_cumprod) so that its last value is 0 and its first unchanged (Lin et al.
/// 2023, arXiv 2305.08891, algorithm 1).
torch::Tensor with_zero_terminal_snr(const torch::Tensor& betas) {
  torch::Tensor root = (1.0 - betas).cumprod(0).sqrt();
  const torch::Tensor first = root[0].clone();
  const torch::Tensor last = root[-1].clone();
  root = (root - last) * (first / (first - last));
  const torch::Tensor alphas_cumprod = root.pow(2);
  using torch::indexing::Slice;
  const torch::Tensor ratios =
      alphas_cumprod.index({Slice(1)}) / alphas_cumprod.index({Slice(torch::indexing::None, -1)});
  return 1 - torch::cat({alphas_cumprod.index({Slice(0, 1)}), ratios});
}

}  // namespace

NoiseSchedule::NoiseSchedule(const SchedulerConfig& config) {
  validate_schedule(config);
  betas_ = make_betas(config);
  if (config.rescale_betas_zero_snr) betas_ = with_zero_terminal_snr(betas_);
  alphas_cumprod_ = (1.0 - betas_).cumprod(0);
  looked_up_ = alphas_cumprod_;
  check_tables(config);
  final_alpha_cumprod_ = config.set_alpha_to_one ? 1.0F : alpha_cumprod(0);
}

void NoiseSchedule::check_tables(const SchedulerConfig& config) const {
  const float smallest = betas_.min().item<float>();
  const float largest = betas_.max().item<float>();
  if (!(smallest > 0 && largest <= 1 && alpha_cumprod(0) < 1)) {
    throw ConfigError(cat("the betas go from ", smallest, " to ", largest, ", expected values in (0, 1]"));
  }
  const std::int64_t zeros = (alphas_cumprod_ <= 0).sum().item<std::int64_t>();
  if (zeros > 1) {
    throw ConfigError(
        cat("the betas leave no signal at the last ", zeros, " time steps, expected at most one"));
  }
  if (zeros == 1 && config.prediction_type == "epsilon") {
    throw ConfigError(
        "the betas reach zero SNR, where prediction_type epsilon divides by zero, expected v_prediction or "
        "sample");
  }
}

float NoiseSchedule::alpha_cumprod(std::int64_t timestep) const {
  return timestep < 0 ? final_alpha_cumprod_ : alphas_cumprod_[timestep].item<float>();
}

float NoiseSchedule::posterior_variance(std::int64_t timestep, std::int64_t previous) const {
  const float alpha_prod = alpha_cumprod(timestep);
  const float alpha_prod_previous = alpha_cumprod(previous);
  return (1 - alpha_prod_previous) / (1 - alpha_prod) * (1 - alpha_prod / alpha_prod_previous);
}

Rates NoiseSchedule::rates(std::int64_t timestep) const {
  const torch::Tensor alpha_prod = alphas_cumprod_[timestep];
  return {alpha_prod.sqrt(), (1 - alpha_prod).sqrt()};
}

Rates NoiseSchedule::rates(const torch::Tensor& timesteps, const torch::Tensor& like) const {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = timesteps.size(0);
  const torch::Tensor alpha_prod =
      looked_up_.to(timesteps.device()).index_select(0, timesteps).to(like.options()).view(shape);
  return {alpha_prod.sqrt(), (1 - alpha_prod).sqrt()};
}

torch::Tensor NoiseSchedule::add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                                       const torch::Tensor& timesteps) const {
  const Rates rate = rates(timesteps, original);
  return rate.signal * original + rate.noise * noise;
}

torch::Tensor NoiseSchedule::velocity(const torch::Tensor& original, const torch::Tensor& noise,
                                      const torch::Tensor& timesteps) const {
  const Rates rate = rates(timesteps, original);
  return rate.signal * noise - rate.noise * original;
}

torch::Tensor NoiseSchedule::snr(const torch::Tensor& timesteps) const {
  const torch::Tensor alpha_prod = looked_up_.to(timesteps.device()).index_select(0, timesteps);
  return alpha_prod / (1 - alpha_prod);
}

}  // namespace glyffuser

#include "glyffuser/diffusion/ddim.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

DdimScheduler::DdimScheduler(const SchedulerConfig& config, const std::vector<std::int64_t>& timesteps,
                             DdimOptions options)
    : DiscreteScheduler(config, timesteps), options_(options) {
  if (!(options_.eta >= 0 && options_.eta <= 1)) {
    throw ConfigError(cat("eta is ", options_.eta, ", expected 0 to 1"));
  }
}

StepResult DdimScheduler::step(const torch::Tensor& model_output, std::size_t index,
                               const torch::Tensor& sample, const NoiseSource& noise) {
  const std::int64_t current_step = timestep(index);
  const std::int64_t previous_step = previous_timestep(index);
  const float alpha_prod_prev = schedule().alpha_cumprod(previous_step);
  const Rates rates = schedule().rates(current_step);
  const torch::Tensor output = model_output.to(sample.dtype());

  const torch::Tensor original =
      clip_original(predicted_original(prediction_type(), output, sample, rates), config());
  const bool again = clips(config()) && options_.use_clipped_model_output;
  const torch::Tensor epsilon = again ? epsilon_from_original(original, sample, rates)
                                      : predicted_epsilon(prediction_type(), output, sample, rates);

  // Equation 12: the predicted x_0, the direction pointing to x_t, and random noise.
  const float variance = schedule().posterior_variance(current_step, previous_step);
  const float deviation = static_cast<float>(options_.eta) * std::sqrt(variance);
  // Rounding must not make this negative: with zero terminal SNR and eta = 1 it is 0 in theory.
  const float direction = std::max(0.0F, 1 - alpha_prod_prev - deviation * deviation);
  torch::Tensor previous = std::sqrt(alpha_prod_prev) * original + std::sqrt(direction) * epsilon;
  if (deviation > 0) previous = previous + deviation * noise(sample);
  return {previous, original};
}

}  // namespace glyffuser

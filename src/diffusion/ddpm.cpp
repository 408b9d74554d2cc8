#include "glyffuser/diffusion/ddpm.hpp"

#include <cmath>
#include <utility>

namespace glyffuser {
namespace {

/// diffusers' DDPM has no set_alpha_to_one: it always ends at x_0 itself.
SchedulerConfig ending_at_one(SchedulerConfig config) {
  config.set_alpha_to_one = true;
  return config;
}

}  // namespace

DdpmScheduler::DdpmScheduler(SchedulerConfig config, const std::vector<std::int64_t>& timesteps)
    : DiscreteScheduler(ending_at_one(std::move(config)), timesteps) {}

float DdpmScheduler::variance(std::size_t index) const {
  const std::int64_t current = timestep(index);
  const std::int64_t previous = previous_timestep(index);
  if (previous < 0) return 0;  // where fixed_large has noise left, diffusers adds it after the last step
  if (config().variance_type == "fixed_large") {
    return 1 - schedule().alpha_cumprod(current) / schedule().alpha_cumprod(previous);
  }
  return schedule().posterior_variance(current, previous);
}

StepResult DdpmScheduler::step(const torch::Tensor& model_output, std::size_t index,
                               const torch::Tensor& sample, const NoiseSource& noise) {
  const std::int64_t current = timestep(index);
  const float alpha_prod = schedule().alpha_cumprod(current);
  const float alpha_prod_prev = schedule().alpha_cumprod(previous_timestep(index));
  const float alpha = alpha_prod / alpha_prod_prev;

  const torch::Tensor original =
      clip_original(predicted_original(prediction_type(), model_output.to(sample.dtype()), sample,
                                       schedule().rates(current)),
                    config());

  // The mean of q(x_previous | x_t, x_0), equation 7.
  const float original_coefficient = std::sqrt(alpha_prod_prev) * (1 - alpha) / (1 - alpha_prod);
  const float sample_coefficient = std::sqrt(alpha) * (1 - alpha_prod_prev) / (1 - alpha_prod);
  torch::Tensor previous = original_coefficient * original + sample_coefficient * sample;

  const float deviation = std::sqrt(variance(index));
  if (deviation > 0) previous = previous + deviation * noise(sample);
  return {previous, original};
}

}  // namespace glyffuser

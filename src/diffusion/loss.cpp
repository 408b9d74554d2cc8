#include "glyffuser/diffusion/loss.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

void describe(config::Fields& fields, LossConfig& config) {
  fields.field("min_snr_gamma", config.min_snr_gamma, config::above(0.0));
  fields.field("velocity_gamma", config.velocity_gamma, config::above(1.0));
}

void validate(const LossConfig& config, const std::string& prediction_type) {
  if (config.min_snr_gamma && !(*config.min_snr_gamma > 0))
    throw ConfigError(cat("min_snr_gamma is ", *config.min_snr_gamma, ", expected more than 0"));
  if (config.velocity_gamma && !(*config.velocity_gamma > 1))
    throw ConfigError(cat("velocity_gamma is ", *config.velocity_gamma, ", expected more than 1"));
  if (config.min_snr_gamma && config.velocity_gamma)
    throw ConfigError("min_snr_gamma and velocity_gamma are both given, expected at most one of them");
  if (config.velocity_gamma && prediction_type == "epsilon")
    throw ConfigError(
        "velocity_gamma is given for prediction_type epsilon, whose error would weigh without bound "
        "in strong noise, expected sample or v_prediction, or min_snr_gamma");
}

DiffusionLoss::DiffusionLoss(const SchedulerConfig& scheduler, const LossConfig& config)
    : config_(config),
      prediction_type_(parse_prediction_type(scheduler.prediction_type)),
      schedule_(scheduler) {
  validate(config, scheduler.prediction_type);
}

torch::Tensor DiffusionLoss::operator()(const Denoiser& denoiser, const torch::Tensor& original,
                                        const torch::Tensor& timesteps, const torch::Tensor& noise) const {
  const torch::Tensor noisy = schedule_.add_noise(original, noise, timesteps);
  const torch::Tensor output = denoiser(noisy, timesteps).to(torch::kFloat32);
  const torch::Tensor error = output - target(original, timesteps, noise).to(torch::kFloat32);
  return error.square().flatten(1).mean(1) * weights(timesteps);
}

torch::Tensor DiffusionLoss::target(const torch::Tensor& original, const torch::Tensor& timesteps,
                                    const torch::Tensor& noise) const {
  switch (prediction_type_) {
    case PredictionType::epsilon:
      return noise;
    case PredictionType::v_prediction:
      return schedule_.velocity(original, noise, timesteps);
    case PredictionType::sample:
      break;
  }
  return original;
}

torch::Tensor DiffusionLoss::weights(const torch::Tensor& timesteps) const {
  const torch::Tensor snr = schedule_.snr(timesteps);
  if (!config_.min_snr_gamma && !config_.velocity_gamma) return torch::ones_like(snr);
  // The weight of the error in x_0; an error in epsilon or v is snr or snr + 1 times that.
  const torch::Tensor clamped = config_.min_snr_gamma ? snr.clamp_max(*config_.min_snr_gamma)
                                                      : (snr + 1).clamp_max(*config_.velocity_gamma);
  switch (prediction_type_) {
    case PredictionType::epsilon:
      return clamped / snr;
    case PredictionType::v_prediction:
      return clamped / (snr + 1);
    case PredictionType::sample:
      break;
  }
  return clamped;
}

}  // namespace glyffuser

#pragma once
// The training objective: mean squared error of the prediction, weighted by the time step's signal-to-noise
// ratio (min-SNR, Hang et al. 2023, arXiv 2303.09556) if asked.

#include <torch/types.h>

#include <optional>
#include <string>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/diffusion/noise_schedule.hpp"
#include "glyffuser/diffusion/prediction.hpp"

namespace glyffuser {

struct LossConfig {
  /// min-SNR: the error in x_0 weighs min(SNR, gamma); above 0, the paper's 5. Empty: off.
  std::optional<double> min_snr_gamma = std::nullopt;
  /// The error in x_0 weighs min(SNR + 1, gamma): the loss of the velocity whatever is predicted, bounded
  /// where the noise is so weak that it would outweigh all else. Above 1; not with min_snr_gamma, nor for
  /// epsilon, whose error would then weigh without bound where nearly all is noise. Empty: off.
  std::optional<double> velocity_gamma = std::nullopt;
};

void describe(config::Fields& fields, LossConfig& config);

/// Throws ConfigError for a min_snr_gamma not above 0, a velocity_gamma not above 1, both, and velocity_gamma
/// for a model that predicts epsilon.
void validate(const LossConfig& config, const std::string& prediction_type);

/// The loss of one kind of model; the same for training and validation.
class DiffusionLoss {
 public:
  /// Throws ConfigError as validate and NoiseSchedule.
  DiffusionLoss(const SchedulerConfig& scheduler, const LossConfig& config);

  const NoiseSchedule& schedule() const { return schedule_; }
  /// Time steps will be on this device: NoiseSchedule::to.
  void to(const torch::Device& device) { schedule_.to(device); }

  /// Weighted loss of every image, float32 [B], mean over its pixels. original: x_0 [B,C,H,W] in the model's
  /// pixel range; timesteps: int64 [B] on its device; noise: standard normal [B,C,H,W].
  torch::Tensor operator()(const Denoiser& denoiser, const torch::Tensor& original,
                           const torch::Tensor& timesteps, const torch::Tensor& noise) const;

  /// What the denoiser should answer at add_noise(original, noise, timesteps), [B,C,H,W].
  torch::Tensor target(const torch::Tensor& original, const torch::Tensor& timesteps,
                       const torch::Tensor& noise) const;

  /// float32 [B], on the device of timesteps int64 [B].
  torch::Tensor weights(const torch::Tensor& timesteps) const;

 private:
  LossConfig config_;
  PredictionType prediction_type_;
  NoiseSchedule schedule_;
};

}  // namespace glyffuser

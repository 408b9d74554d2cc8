#pragma once
// The training objective: mean squared error of the prediction, weighted by the time step's signal-to-noise
// ratio (min-SNR, Hang et al. 2023, arXiv 2303.09556) if asked.

#include <torch/torch.h>

#include <optional>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/diffusion/noise_schedule.hpp"
#include "glyffuser/diffusion/prediction.hpp"

namespace glyffuser {

struct LossConfig {
  std::optional<double> min_snr_gamma;  ///< above 0, the paper's 5; empty: every time step weighs 1
};

void describe(config::Fields& fields, LossConfig& config);

/// The loss of one kind of model; the same for training and validation.
class DiffusionLoss {
 public:
  /// Throws ConfigError for a gamma that is not above 0 and as NoiseSchedule.
  DiffusionLoss(const SchedulerConfig& scheduler, const LossConfig& config);

  const NoiseSchedule& schedule() const { return schedule_; }

  /// Weighted loss of every image, float32 [B], mean over its pixels. original: x_0 [B,C,H,W] in the model's
  /// pixel range; timesteps: int64 [B] on its device; noise: standard normal [B,C,H,W].
  torch::Tensor operator()(const Denoiser& denoiser, const torch::Tensor& original,
                           const torch::Tensor& timesteps, const torch::Tensor& noise) const;

  /// What the denoiser should answer at add_noise(original, noise, timesteps), [B,C,H,W].
  torch::Tensor target(const torch::Tensor& original, const torch::Tensor& timesteps,
                       const torch::Tensor& noise) const;

  /// float32 [B], on the device of timesteps int64 [B].
  torch::Tensor weights(const torch::Tensor& timesteps) const;

  /// x_0 as the denoiser's output implies it at x_t `noisy`, [B,C,H,W].
  torch::Tensor predicted_original(const torch::Tensor& model_output, const torch::Tensor& noisy,
                                   const torch::Tensor& timesteps) const;

 private:
  LossConfig config_;
  PredictionType prediction_type_;
  NoiseSchedule schedule_;
};

}  // namespace glyffuser

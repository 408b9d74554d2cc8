#pragma once
// What a denoiser's output means, and the way between noise, velocity and x_0.

#include <torch/types.h>

#include <functional>
#include <string>

#include "glyffuser/diffusion/noise_schedule.hpp"

namespace glyffuser {

/// The network with its conditioning bound: (x_t [B,C,H,W], timesteps [B] on the same device) -> its
/// prediction [B,C,H,W]. Time steps are int64; float32 from a scheduler that also visits fractional ones.
using Denoiser = std::function<torch::Tensor(const torch::Tensor& noisy, const torch::Tensor& timesteps)>;

enum class PredictionType {
  epsilon,       ///< the noise (Ho et al. 2020)
  v_prediction,  ///< signal epsilon - noise x_0 (Salimans & Ho 2022)
  sample,        ///< x_0
};

/// Reads diffusers' name. Throws ConfigError for anything else.
PredictionType parse_prediction_type(const std::string& name);

/// x_0 as the model's output implies it at x_t; all [B,C,H,W].
torch::Tensor predicted_original(PredictionType type, const torch::Tensor& model_output,
                                 const torch::Tensor& sample, const Rates& rates);

/// The noise as the model's output implies it at x_t; all [B,C,H,W].
torch::Tensor predicted_epsilon(PredictionType type, const torch::Tensor& model_output,
                                const torch::Tensor& sample, const Rates& rates);

/// The noise that leads from this x_0 to x_t.
torch::Tensor epsilon_from_original(const torch::Tensor& original, const torch::Tensor& sample,
                                    const Rates& rates);

/// `tensor` in a precision to compute in: float32, unless it has float64.
torch::Tensor at_least_float32(const torch::Tensor& tensor);

/// Whether the config asks for `clip_original` to change x_0 at all.
bool clips(const SchedulerConfig& config);

/// Keeps x_0 [B,C,H,W] in range: clamp to +-clip_sample_range, or dynamic thresholding per image (Saharia et
/// al. 2022, arXiv 2205.11487, section 2.3), or unchanged, by the config.
torch::Tensor clip_original(const torch::Tensor& original, const SchedulerConfig& config);

}  // namespace glyffuser

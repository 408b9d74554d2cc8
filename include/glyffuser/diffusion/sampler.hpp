#pragma once
// The sampling loop: from noise to images by one denoiser and one scheduler.

#include <torch/types.h>

#include <cstddef>
#include <functional>

#include "glyffuser/diffusion/scheduler.hpp"

namespace glyffuser {

/// What the caller sees after every step.
struct SamplingStep {
  std::size_t index;         ///< of the evaluation just done
  std::size_t count;         ///< of the scheduler's time steps
  const StepResult& result;  ///< the new sample and the predicted x_0
};

/// Shows progress; false stops the loop.
using SamplingCallback = std::function<bool(const SamplingStep&)>;

/// Changes the sample that evaluation `index` will meet, timesteps().size() being the finished images.
using SampleEdit = std::function<torch::Tensor(const torch::Tensor& sample, std::size_t index)>;

/// Runs the scheduler's steps from evaluation `first` to the end and returns the images [B,C,H,W], on the
/// device and with the dtype of `initial`. `initial` [B,C,H,W], in the scheduler's own space: standard-normal
/// noise times scheduler.init_noise_sigma(), or for a later `first` scheduler.add_noise of clean images to
/// it. `edit` is applied after every step, before the callback. If `callback` stops the loop, the sample is
/// returned as far as it got.
/// Gradients are not recorded. Throws what the denoiser throws.
torch::Tensor sample(const Denoiser& denoiser, Scheduler& scheduler, const torch::Tensor& initial,
                     const NoiseSource& noise, const SamplingCallback& callback = {}, std::size_t first = 0,
                     const SampleEdit& edit = {});

}  // namespace glyffuser

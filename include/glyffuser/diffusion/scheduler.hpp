#pragma once
// The interface of samplers: from x_t and the denoiser's output to the sample of the next, less noisy time
// step. diffusers calls these schedulers, and so do we.

#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "glyffuser/diffusion/noise_schedule.hpp"
#include "glyffuser/diffusion/prediction.hpp"
#include "glyffuser/tensor/generator.hpp"

namespace glyffuser {

/// Fresh standard-normal noise with the shape, device and dtype of the sample; asked only when a step needs
/// it.
using NoiseSource = std::function<torch::Tensor(const torch::Tensor& sample)>;

/// Noise from one generator per image; `generators` must outlive the source.
NoiseSource image_noise(ImageGenerators& generators);

struct StepResult {
  torch::Tensor prev_sample;           ///< the sample at the next time step of the list
  torch::Tensor pred_original_sample;  ///< x_0 as predicted at this step, clipped
};

class Scheduler {
 public:
  /// `timesteps`: strictly descending within T-1 ... 0. Throws ConfigError for others and as NoiseSchedule.
  Scheduler(const SchedulerConfig& config, std::vector<std::int64_t> timesteps);
  virtual ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  const std::vector<std::int64_t>& timesteps() const { return timesteps_; }
  /// The time step after `index` in the list; -1 after the last.
  std::int64_t previous_timestep(std::size_t index) const;
  const NoiseSchedule& schedule() const { return schedule_; }

  /// Forgets what earlier steps left behind; called at the start of every batch.
  virtual void reset() {}

  /// One step at timesteps()[index]. model_output and sample: [B,C,H,W]; the result has the sample's dtype.
  virtual StepResult step(const torch::Tensor& model_output, std::size_t index, const torch::Tensor& sample,
                          const NoiseSource& noise) = 0;

 protected:
  const SchedulerConfig& config() const { return config_; }
  PredictionType prediction_type() const { return prediction_type_; }

 private:
  SchedulerConfig config_;
  PredictionType prediction_type_;
  NoiseSchedule schedule_;
  std::vector<std::int64_t> timesteps_;
};

}  // namespace glyffuser

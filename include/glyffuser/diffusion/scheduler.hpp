#pragma once
// The interface of samplers: from x_t and the denoiser's output to the sample of the next, less noisy time
// step. diffusers calls these schedulers, and so do we.

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
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
  torch::Tensor prev_sample;           ///< the sample of the next evaluation, in the scheduler's own space
  torch::Tensor pred_original_sample;  ///< x_0 as predicted at this step, in range if the scheduler clips
};

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// What the denoiser is told, one time step for every time it is asked; fractional between the steps it
  /// was trained with.
  const std::vector<double>& timesteps() const { return timesteps_; }
  const NoiseSchedule& schedule() const { return schedule_; }

  /// How often the denoiser is asked for one step of the solver.
  virtual std::size_t evaluations_per_step() const { return 1; }
  /// The evaluation at which to begin with clean images and `strength` of the way from noise to them, 0 ... 1
  /// (diffusers' img2img): 1 is 0, the very beginning; at least one step is left. It begins a solver step.
  std::size_t first_evaluation(double strength) const;

  /// Samples live in the scheduler's own space, where the noise at the beginning has this deviation: a run
  /// starts from standard-normal noise times it, or from add_noise.
  virtual double init_noise_sigma() const { return 1; }
  /// The denoiser's input at evaluation `index` for a sample [B,C,H,W].
  virtual torch::Tensor scale_model_input(const torch::Tensor& sample, std::size_t index) const;
  /// Clean images [B,C,H,W] with standard-normal noise of their shape, as evaluation `index` would meet them.
  virtual torch::Tensor add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                                  std::size_t index) const = 0;

  /// Forgets what earlier steps left behind; called at the start of every batch.
  virtual void reset() {}

  /// One step at timesteps()[index]. model_output and sample: [B,C,H,W]; the result has the sample's dtype.
  virtual StepResult step(const torch::Tensor& model_output, std::size_t index, const torch::Tensor& sample,
                          const NoiseSource& noise) = 0;

 protected:
  /// Throws ConfigError as NoiseSchedule.
  explicit Scheduler(const SchedulerConfig& config);
  /// Once, by the constructor that derives them from schedule().
  void set_timesteps(std::vector<double> timesteps) { timesteps_ = std::move(timesteps); }

  const SchedulerConfig& config() const { return config_; }
  PredictionType prediction_type() const { return prediction_type_; }

 private:
  SchedulerConfig config_;
  PredictionType prediction_type_;
  NoiseSchedule schedule_;
  std::vector<double> timesteps_;
};

/// A scheduler that goes from one training time step to another, and whose samples are x_t themselves.
class DiscreteScheduler : public Scheduler {
 public:
  /// `timesteps`: strictly descending within T-1 ... 0. Throws ConfigError for others and as NoiseSchedule.
  DiscreteScheduler(const SchedulerConfig& config, const std::vector<std::int64_t>& timesteps);

  /// timesteps()[index].
  std::int64_t timestep(std::size_t index) const;
  /// The time step after `index` in the list; -1 after the last.
  std::int64_t previous_timestep(std::size_t index) const;

  torch::Tensor add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                          std::size_t index) const override;
};

}  // namespace glyffuser

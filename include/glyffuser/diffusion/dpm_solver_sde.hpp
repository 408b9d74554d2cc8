#pragma once
// The stochastic second-order solver of diffusers' DPMSolverSDEScheduler, k-diffusion's sample_dpmpp_sde: two
// evaluations a step, the second in its middle (DPM-Solver++(2S), Lu et al. 2022, arXiv 2211.01095, algorithm
// 1), with the noise of a Brownian path per image.
//
// Samples are x_0 + sigma noise: the signal is not scaled down. clip_sample does nothing, as with DPM-Solver.

#include <optional>

#include "glyffuser/diffusion/brownian.hpp"
#include "glyffuser/diffusion/scheduler.hpp"

namespace glyffuser {

class DpmSolverSdeScheduler : public Scheduler {
 public:
  /// Steps from time to time of the list, strictly descending within T-1 ... 0, and from the last to no
  /// noise; with config.solver.use_karras_sigmas as many between the same ends. `eta`: how much of the noise
  /// that keeps x_t's law is taken away and added anew in each step, 0 (none: a deterministic solver) ... 1.
  /// Throws ConfigError for other values and as NoiseSchedule.
  DpmSolverSdeScheduler(const SchedulerConfig& config, std::vector<double> times, double eta = 1);

  /// At every evaluation, and 0, where the run ends.
  const std::vector<double>& sigmas() const { return sigmas_; }

  std::size_t evaluations_per_step() const override { return 2; }
  double init_noise_sigma() const override;
  torch::Tensor scale_model_input(const torch::Tensor& sample, std::size_t index) const override;
  torch::Tensor add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                          std::size_t index) const override;
  void reset() override;
  /// The path's seed is drawn from `noise` once, four numbers an image, when noise is first needed. Throws
  /// std::logic_error for a step's second evaluation that does not follow its first.
  StepResult step(const torch::Tensor& model_output, std::size_t index, const torch::Tensor& sample,
                  const NoiseSource& noise) override;

 private:
  torch::Tensor advance(const torch::Tensor& sample, const torch::Tensor& original, double from, double to,
                        const NoiseSource& noise);
  torch::Tensor path_noise(const torch::Tensor& sample, double from, double to, const NoiseSource& noise);

  double eta_;
  std::vector<double> sigmas_;
  torch::Tensor start_;  // the sample at the beginning of the step, while its second evaluation is due
  std::optional<BrownianPaths> paths_;
};

}  // namespace glyffuser

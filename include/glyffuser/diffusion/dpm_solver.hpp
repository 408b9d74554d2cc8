#pragma once
// DPM-Solver (Lu et al. 2022, arXiv 2206.00927) and DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095) as
// multistep methods, and their stochastic forms: diffusers' DPMSolverMultistepScheduler.
//
// As there, clip_sample does nothing: a hard clamp of x_0 breaks the smoothness that higher orders live from.
// thresholding does what it says.

#include <deque>

#include "glyffuser/diffusion/scheduler.hpp"
#include "glyffuser/diffusion/sigmas.hpp"

namespace glyffuser {

class DpmSolverScheduler : public Scheduler {
 public:
  /// `steps` steps as config.timestep_spacing and config.solver say, which must be valid (make_scheduler
  /// checks it). Throws ConfigError for steps outside 1 ... T, and as NoiseSchedule.
  DpmSolverScheduler(const SchedulerConfig& config, std::int64_t steps);
  /// Steps at these time steps: strictly descending within T-1 ... 0. Throws ConfigError for others, and for
  /// a config with use_karras_sigmas or use_lu_lambdas, which choose their own.
  DpmSolverScheduler(const SchedulerConfig& config, const std::vector<std::int64_t>& timesteps);

  /// The sigma at every evaluation, and the one where the run ends: descending.
  const std::vector<double>& sigmas() const { return sigmas_; }

  torch::Tensor add_noise(const torch::Tensor& original, const torch::Tensor& noise,
                          std::size_t index) const override;
  void reset() override { outputs_.clear(); }
  StepResult step(const torch::Tensor& model_output, std::size_t index, const torch::Tensor& sample,
                  const NoiseSource& noise) override;

 private:
  /// x_next = sample x + d0 D_0 + d1 D_1 + d2 D_2 + noise z, with the divided differences D of the outputs.
  struct Update {
    double sample = 0, d0 = 0, d1 = 0, d2 = 0, noise = 0;
  };

  void visit_timesteps(const std::vector<std::int64_t>& timesteps);
  void visit_sigmas(const std::vector<double>& sigmas);
  void end_sigmas();
  bool predicts_data() const;
  std::size_t order(std::size_t index) const;
  Update update(std::size_t index, std::size_t order) const;
  torch::Tensor advance(std::size_t index, const torch::Tensor& sample, const NoiseSource& noise) const;

  SigmaTable table_;
  std::vector<double> sigmas_;
  std::deque<torch::Tensor> outputs_;  // x_0 or epsilon of the steps so far, the newest first
  std::size_t next_ = 0;               // the evaluation that outputs_ lead to
};

}  // namespace glyffuser

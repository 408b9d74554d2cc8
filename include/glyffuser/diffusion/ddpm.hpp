#pragma once
// Ancestral sampling (Ho et al. 2020, arXiv 2006.11239, algorithm 2), also over a part of the time steps.

#include "glyffuser/diffusion/scheduler.hpp"

namespace glyffuser {

class DdpmScheduler : public DiscreteScheduler {
 public:
  /// As DiscreteScheduler. A variance_type other than fixed_large counts as fixed_small, set_alpha_to_one as
  /// true.
  DdpmScheduler(SchedulerConfig config, const std::vector<std::int64_t>& timesteps);

  StepResult step(const torch::Tensor& model_output, std::size_t index, const torch::Tensor& sample,
                  const NoiseSource& noise) override;

  /// Variance of the noise that the step at `index` adds, by `variance_type`; 0 for the last step.
  float variance(std::size_t index) const;
};

}  // namespace glyffuser

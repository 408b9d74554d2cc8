#pragma once
// Denoising diffusion implicit models (Song et al. 2020, arXiv 2010.02502).

#include "glyffuser/diffusion/scheduler.hpp"

namespace glyffuser {

struct DdimOptions {
  double eta = 0.0;  ///< 0: deterministic, 1: as much noise as DDPM adds
  /// Derive epsilon again from the clipped x_0, so that the two agree; diffusers does not unless asked.
  bool use_clipped_model_output = true;
};

class DdimScheduler : public DiscreteScheduler {
 public:
  /// Throws ConfigError for an eta outside 0 ... 1.
  DdimScheduler(const SchedulerConfig& config, const std::vector<std::int64_t>& timesteps,
                DdimOptions options = {});

  StepResult step(const torch::Tensor& model_output, std::size_t index, const torch::Tensor& sample,
                  const NoiseSource& noise) override;

 private:
  DdimOptions options_;
};

}  // namespace glyffuser

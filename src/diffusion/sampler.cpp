#include "glyffuser/diffusion/sampler.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {
namespace {

/// int64 unless some time step of the run is fractional: one dtype for all of it.
torch::ScalarType timestep_dtype(const std::vector<double>& timesteps) {
  const bool whole =
      std::all_of(timesteps.begin(), timesteps.end(), [](double t) { return t == std::floor(t); });
  return whole ? torch::kInt64 : torch::kFloat32;
}

}  // namespace

torch::Tensor sample(const Denoiser& denoiser, Scheduler& scheduler, const torch::Tensor& initial,
                     const NoiseSource& noise, const SamplingCallback& callback, std::size_t first,
                     const SampleEdit& edit) {
  const torch::NoGradGuard no_grad;
  const std::size_t count = scheduler.timesteps().size();
  const auto options = initial.options().dtype(timestep_dtype(scheduler.timesteps()));
  scheduler.reset();
  torch::Tensor images = initial;
  for (std::size_t index = first; index < count; ++index) {
    const torch::Tensor timesteps = torch::full({images.size(0)}, scheduler.timesteps()[index], options);
    const torch::Tensor output = denoiser(scheduler.scale_model_input(images, index), timesteps);
    StepResult result = scheduler.step(output, index, images, noise);
    if (edit) result.prev_sample = edit(result.prev_sample, index + 1);
    images = result.prev_sample;
    if (callback && !callback({index, count, result})) break;
  }
  return images;
}

}  // namespace glyffuser

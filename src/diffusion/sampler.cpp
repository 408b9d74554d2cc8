#include "glyffuser/diffusion/sampler.hpp"

namespace glyffuser {

torch::Tensor sample(const Denoiser& denoiser, Scheduler& scheduler, const torch::Tensor& initial,
                     const NoiseSource& noise, const SamplingCallback& callback, std::size_t first) {
  const torch::NoGradGuard no_grad;
  const std::size_t count = scheduler.timesteps().size();
  scheduler.reset();
  torch::Tensor images = initial;
  for (std::size_t index = first; index < count; ++index) {
    const torch::Tensor timesteps =
        torch::full({images.size(0)}, scheduler.timesteps()[index], images.options().dtype(torch::kInt64));
    const StepResult result = scheduler.step(denoiser(images, timesteps), index, images, noise);
    images = result.prev_sample;
    if (callback && !callback({index, count, result})) break;
  }
  return images;
}

}  // namespace glyffuser

#include "glyffuser/diffusion/inpaint.hpp"

namespace glyffuser {

torch::Tensor with_known_region(const torch::Tensor& sample, const KnownRegion& known,
                                const Scheduler& scheduler, std::size_t index) {
  const bool done = index == scheduler.timesteps().size();
  const torch::Tensor there = done ? known.original : scheduler.add_noise(known.original, known.noise, index);
  return torch::where(known.mask == 1, there, torch::lerp(sample, there, known.mask));
}

}  // namespace glyffuser

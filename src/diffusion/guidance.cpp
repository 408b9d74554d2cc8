#include "glyffuser/diffusion/guidance.hpp"

namespace glyffuser {
namespace {

/// One number per image [B] as [B,1,1,1], to go with `images`.
torch::Tensor per_image(const torch::Tensor& numbers, const torch::Tensor& images) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(images.dim()), 1);
  shape[0] = images.size(0);
  return numbers.view(shape);
}

/// Standard deviation of every image, [B,1,1,1].
torch::Tensor deviation_per_image(const torch::Tensor& images) {
  return per_image(images.flatten(1).std(/*dim=*/1), images);
}

}  // namespace

torch::Tensor guide(const torch::Tensor& cond, const torch::Tensor& uncond, double scale) {
  return uncond + scale * (cond - uncond);
}

torch::Tensor guide(const torch::Tensor& cond, const torch::Tensor& uncond, const torch::Tensor& scales) {
  return uncond + per_image(scales.to(cond.options()), cond) * (cond - uncond);
}

torch::Tensor rescale_guidance(const torch::Tensor& guided, const torch::Tensor& cond, double amount) {
  constexpr double kSmallest = 1e-8;  // a constant prediction has deviation 0
  const torch::Tensor ratio = deviation_per_image(cond) / deviation_per_image(guided).clamp_min(kSmallest);
  return amount * (guided * ratio) + (1 - amount) * guided;
}

}  // namespace glyffuser

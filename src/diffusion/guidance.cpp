#include "glyffuser/diffusion/guidance.hpp"

namespace glyffuser {
namespace {

/// Standard deviation of every image [B,C,H,W], as [B,1,1,1].
torch::Tensor deviation_per_image(const torch::Tensor& images) {
  return images.flatten(1).std(/*dim=*/1).view({-1, 1, 1, 1});
}

}  // namespace

torch::Tensor guide(const torch::Tensor& cond, const torch::Tensor& uncond, double scale) {
  return uncond + scale * (cond - uncond);
}

torch::Tensor rescale_guidance(const torch::Tensor& guided, const torch::Tensor& cond, double amount) {
  constexpr double kSmallest = 1e-8;  // a constant prediction has deviation 0
  const torch::Tensor ratio = deviation_per_image(cond) / deviation_per_image(guided).clamp_min(kSmallest);
  return amount * (guided * ratio) + (1 - amount) * guided;
}

}  // namespace glyffuser

#include "glyffuser/nn/patchify.hpp"

namespace glyffuser {

torch::Tensor patchify(const torch::Tensor& images, std::int64_t patch_size) {
  if (patch_size == 1) return images;
  return torch::pixel_unshuffle(images, patch_size).contiguous(torch::MemoryFormat::ChannelsLast);
}

torch::Tensor unpatchify(const torch::Tensor& patches, std::int64_t patch_size) {
  if (patch_size == 1) return patches;
  return torch::pixel_shuffle(patches, patch_size).contiguous();
}

}  // namespace glyffuser

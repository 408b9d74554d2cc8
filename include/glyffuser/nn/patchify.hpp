#pragma once
// Patches as channels: a UNet of a low resolution sees an image of a high one.

#include <torch/types.h>

namespace glyffuser {

/// Images [B, C, H, W] -> [B, C p², H/p, W/p], channels_last; channel c p² + y p + x holds the pixel (y, x)
/// of each patch (torch pixel_unshuffle). p = 1 gives the image itself. H and W must be multiples of p.
torch::Tensor patchify(const torch::Tensor& images, std::int64_t patch_size);

/// The reverse: [B, C p², H/p, W/p] -> [B, C, H, W], contiguous.
torch::Tensor unpatchify(const torch::Tensor& patches, std::int64_t patch_size);

}  // namespace glyffuser

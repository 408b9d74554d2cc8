#pragma once
// Guidance looks at the same images with several texts. Up to the first attention to the texts all branches
// are one, so a UNet computes them once: the images have B rows and become k B where they meet the k B texts.

#include <torch/types.h>

namespace glyffuser::nn {

/// x [B, ...] for every branch: [rows, ...], one branch after the other, in x's memory format; x itself if it
/// has `rows` rows, a multiple of B.
torch::Tensor for_branches(const torch::Tensor& x, std::int64_t rows);

}  // namespace glyffuser::nn

#pragma once
// Operations that are several in LibTorch. On a CPU in float32 and bfloat16 each is one pass of
// nn/kernels.hpp with a gradient of its own; elsewhere (GPU, float64) the composition that its comment gives.

#include <torch/types.h>

namespace glyffuser::nn {

enum class Activation { none, silu };

/// activation(group_norm(x + shift)): x [B, C, H, W]; shift [B, C] is added to every pixel, undefined: none;
/// weight and bias float [C] (Wu & He 2018, arXiv 1803.08494). Returns x's shape and dtype; in the CPU's
/// fused form always channels_last.
torch::Tensor group_norm(const torch::Tensor& x, const torch::Tensor& shift, const torch::Tensor& weight,
                         const torch::Tensor& bias, std::int64_t groups, double eps, Activation activation);

/// value · gelu(gate) for x = [value, gate] along the last dimension (Shazeer 2020, arXiv 2002.05202):
/// [..., 2 K] -> [..., K].
torch::Tensor geglu(const torch::Tensor& x);

}  // namespace glyffuser::nn

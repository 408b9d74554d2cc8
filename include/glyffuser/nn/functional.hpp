#pragma once
// Operations that are several in LibTorch. In float32 and bfloat16 each is one pass with a gradient of its
// own: of nn/kernels.hpp on a CPU, but for `add`; of nn/functional_gpu.hpp on a GPU where fits_gpu_kernels
// says so. Else it is the composition that its comment gives.

#include <torch/types.h>

namespace glyffuser::nn {

enum class Activation { none, silu };

/// activation(group_norm(x + shift)): x [B, C, H, W]; shift [B, C] is added to every pixel, undefined: none;
/// weight and bias float [C] (Wu & He 2018, arXiv 1803.08494). Returns x's shape and dtype; in the
/// fused forms always channels_last.
torch::Tensor group_norm(const torch::Tensor& x, const torch::Tensor& shift, const torch::Tensor& weight,
                         const torch::Tensor& bias, std::int64_t groups, double eps, Activation activation);

/// Whether group_norm's shift and `add` take a convolution's bias along for nothing. On a GPU LibTorch adds
/// it, and sums up its gradient, in passes of their own. x: anything of the convolution's device and dtype.
bool takes_biases_along(const torch::Tensor& x, std::int64_t channels);

/// a + b + bias, channel by channel: a, b [B, C, H, W], bias [C].
torch::Tensor add(const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& bias);

/// value · gelu(gate) for x = [value, gate] along the last dimension (Shazeer 2020, arXiv 2002.05202):
/// [..., 2 K] -> [..., K].
torch::Tensor geglu(const torch::Tensor& x);

}  // namespace glyffuser::nn

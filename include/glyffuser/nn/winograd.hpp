#pragma once
// 3 x 3 convolutions in float32 on a CPU as F(4 x 4, 3 x 3): for 4 x 4 outputs 36 multiplications where the
// direct way, oneDNN's, takes 144 (Winograd 1980, Arithmetic Complexity of Computations; Lavin & Gray 2016,
// https://arxiv.org/abs/1509.09308). Half the time or less, and about twice the direct way's rounding error.
// bfloat16 has too few digits for it.

#include <torch/types.h>

namespace glyffuser::nn {

/// Whether the functions below take x [B, in, H, W] and weight [out, in, k, k], and are the faster way: k =
/// 3, stride and padding 1, float32 on a CPU, channels in multiples of 16, H and W in multiples of 4, and
/// neither so few pixels nor so many channels that reading the transformed weight takes the time.
bool takes_winograd(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride,
                    std::int64_t padding);

/// weight [out, in, 3, 3] -> [36, out / 16, in, 16], four times the size.
torch::Tensor winograd_weight(const torch::Tensor& weight);

/// torch::conv2d with a transformed weight, in channels_last; bias [out]. Without gradient.
torch::Tensor winograd_convolve(const torch::Tensor& x, const torch::Tensor& transformed,
                                const torch::Tensor& bias);

/// torch::conv2d with its gradients.
torch::Tensor winograd_conv2d(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace glyffuser::nn

#pragma once
// oneDNN's products where LibTorch's own way to them is slower, for passes without a gradient on a CPU.
// LibTorch has these operators for compiled models (torch._inductor with freezing); in a build without
// oneDNN, on a GPU or where the processor lacks the instructions everything goes the usual way.

#include <torch/types.h>

namespace glyffuser::nn {

/// torch::linear: x [..., in], weight [out, in], bias [out] or undefined. In float32 LibTorch takes MKL's
/// product, which on AMD's processors is half as fast as oneDNN's.
torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

/// A convolution's weight [out, in, k, k] in oneDNN's own layout, into which LibTorch otherwise brings it at
/// every call: a third of the time of a small batch. The layout depends on the input's sizes [B, in, H, W];
/// packed for others it is repacked at every call, with AVX2 by a loop slower than the product itself.
/// Undefined where there is no such thing.
torch::Tensor pack_convolution(const torch::Tensor& weight, std::int64_t stride, std::int64_t padding,
                               torch::IntArrayRef input_sizes);

/// torch::conv2d of x [B, in, H, W] with a packed weight; bias [out]. Without gradient.
torch::Tensor convolve_packed(const torch::Tensor& x, const torch::Tensor& packed, const torch::Tensor& bias,
                              std::int64_t stride, std::int64_t padding);

}  // namespace glyffuser::nn

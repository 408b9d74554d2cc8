#pragma once
// nn/functional.hpp on a GPU: one or two passes over channels_last feature maps where LibTorch's operations
// take many, and turn every feature map's memory around for its group norm (src/nn/gpu_kernels.cu). Like
// those of the CPU, each has a gradient of its own, and sums are float.

#include <torch/types.h>

#include <string_view>

#include "glyffuser/tensor/kernel_launcher.hpp"

namespace glyffuser::nn {

/// The kernels of x's device, compiled at the first call for each; null where x is not on a GPU or neither
/// float32 nor bfloat16, and where they cannot be compiled, which is warned of once.
const KernelLauncher* gpu_kernels(const torch::Tensor& x);

/// Whether the kernels take rows of so many values of x's type.
bool fits_gpu_kernels(const torch::Tensor& x, std::int64_t row);

/// As in nn/functional.hpp; weight and bias float32, C as fits_gpu_kernels says. `kernels` must stay. Without
/// a launcher of a GPU they work on the CPU's tensors, for tests.
torch::Tensor group_norm_on_gpu(const KernelLauncher& kernels, const torch::Tensor& x,
                                const torch::Tensor& shift, const torch::Tensor& weight,
                                const torch::Tensor& bias, std::int64_t groups, double eps, bool silu);
torch::Tensor geglu_on_gpu(const KernelLauncher& kernels, const torch::Tensor& x);
torch::Tensor add_on_gpu(const KernelLauncher& kernels, const torch::Tensor& a, const torch::Tensor& b,
                         const torch::Tensor& bias);

/// CUDA C++.
std::string_view gpu_kernels_source();

}  // namespace glyffuser::nn

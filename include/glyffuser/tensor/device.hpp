#pragma once
// Devices and precisions by name.

#include <torch/types.h>

#include <string>

namespace glyffuser {

/// "auto" (the first GPU if LibTorch sees one, else the CPU), "cpu", "cuda" or "cuda:N". Throws ConfigError
/// for another name, and where the device is not there or this LibTorch was built without CUDA.
torch::Device parse_device(const std::string& name);

/// "fp32" or "bf16", as a dtype. Throws ConfigError.
torch::Dtype parse_precision(const std::string& name);

/// On a GPU: float32 products in TF32, which are several times as fast and as exact as training needs, and
/// attention without cuDNN's kernels, whose gradients come out as NaN where 64 keys with a mask all score
/// far below 0 (pytorch/pytorch#196678). For the whole process. (To let cuDNN measure its algorithms made no
/// step faster on an H100 and every start 11 s longer.)
void tune_for_training(const torch::Device& device);

/// Whether this device multiplies bf16 matrices in hardware; elsewhere bf16 is many times slower than fp32.
bool has_fast_bf16(const torch::Device& device);

/// What `auto` means on this device: "bf16" where has_fast_bf16, else "fp32". Any other name is itself.
std::string resolve_precision(const std::string& name, const torch::Device& device);

/// One line of what a failure says: the first, as LibTorch's errors go on with a backtrace, but the last
/// where a TorchScript module failed, whose own backtrace comes before it.
std::string short_message(const std::exception& failure);

}  // namespace glyffuser

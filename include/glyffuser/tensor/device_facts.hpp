#pragma once
// What there is to say of a device. No CUDA header is needed, so one source serves CPU and CUDA builds.

#include <torch/types.h>

#include <string>

namespace glyffuser {

/// The processor's or the GPU's name, "NVIDIA H200"; the device's short name ("cuda:1") if the driver is
/// silent.
std::string device_name(const torch::Device& device);

}  // namespace glyffuser

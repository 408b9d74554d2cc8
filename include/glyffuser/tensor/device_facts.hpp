#pragma once
// What there is to say of a device: its name, and how much of its memory was used. No CUDA header is needed,
// so one source serves CPU and CUDA builds.

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>

namespace glyffuser {

/// The processor's or the GPU's name, "NVIDIA H200"; the device's short name ("cuda:1") if the driver is
/// silent.
std::string device_name(const torch::Device& device);

struct DeviceMemory {
  std::uint64_t allocated = 0;  ///< bytes in tensors
  std::uint64_t reserved = 0;   ///< bytes that LibTorch's allocator holds, cached ones included
};

/// The peaks since the process began; nothing for the CPU, whose peak is core/machine's.
std::optional<DeviceMemory> peak_device_memory(const torch::Device& device);

}  // namespace glyffuser

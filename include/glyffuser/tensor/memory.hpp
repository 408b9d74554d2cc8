#pragma once
// How much memory a program takes.

#include <torch/types.h>

#include <cstdint>

namespace glyffuser {

/// In bytes. On a GPU what LibTorch's allocator holds there; on the CPU what of the process lies in memory.
struct MemoryUse {
  std::uint64_t now = 0;
  std::uint64_t peak = 0;          ///< since forget_memory_peak, or since the process began
  std::uint64_t tensors_now = 0;   ///< the part of `now` that tensors take; 0 on the CPU
  std::uint64_t tensors_peak = 0;  ///< that of `peak`; 0 on the CPU
};

/// Zeros where the system does not tell. A GPU is named by its number (cuda:0), as parse_device does;
/// c10::Error if not.
MemoryUse memory_use(const torch::Device& device);

/// The peak begins anew from what is in use now, where the system allows that. The same of a GPU.
void forget_memory_peak(const torch::Device& device);

/// Whether it says that a device or the CPU has no memory left.
bool is_out_of_memory(const std::exception& failure);

}  // namespace glyffuser

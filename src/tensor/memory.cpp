#include "glyffuser/tensor/memory.hpp"

#include <c10/core/CachingDeviceAllocator.h>
#include <malloc.h>

#include <fstream>
#include <new>

#include "glyffuser/core/machine.hpp"

namespace glyffuser {
namespace {

constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);

}  // namespace

MemoryUse memory_use(const torch::Device& device) {
  if (device.is_cpu())
    return {.now = resident_memory(), .peak = peak_memory(), .tensors_now = 0, .tensors_peak = 0};
  const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  const auto bytes = [](std::int64_t count) { return static_cast<std::uint64_t>(count); };
  return {.now = bytes(stats.reserved_bytes[kAll].current),
          .peak = bytes(stats.reserved_bytes[kAll].peak),
          .tensors_now = bytes(stats.allocated_bytes[kAll].current),
          .tensors_peak = bytes(stats.allocated_bytes[kAll].peak)};
}

void forget_memory_peak(const torch::Device& device) {
  if (!device.is_cpu()) return c10::getDeviceAllocator(device.type())->resetPeakStats(device.index());
  ::malloc_trim(0);                             // what is free does not count
  std::ofstream("/proc/self/clear_refs") << 5;  // proc(5): VmHWM := VmRSS
}

bool is_out_of_memory(const std::exception& failure) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&failure) || dynamic_cast<const std::bad_alloc*>(&failure))
    return true;
  // LibTorch's allocator on the CPU has no exception class of its own, and a script's failure none of any
  // kind.
  const std::string_view message = failure.what();
  return message.find("DefaultCPUAllocator") != message.npos ||
         message.find("CUDA out of memory") != message.npos;
}

}  // namespace glyffuser

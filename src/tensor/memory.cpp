#include "glyffuser/tensor/memory.hpp"

#include <c10/core/CachingDeviceAllocator.h>
#include <malloc.h>

#include <fstream>

#include "glyffuser/core/machine.hpp"

namespace glyffuser {
namespace {

constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);

}  // namespace

MemoryUse memory_use(const torch::Device& device) {
  if (device.is_cpu()) return {.now = resident_memory(), .peak = peak_memory()};
  const auto held =
      c10::getDeviceAllocator(device.type())->getDeviceStats(device.index()).reserved_bytes[kAll];
  return {.now = static_cast<std::uint64_t>(held.current), .peak = static_cast<std::uint64_t>(held.peak)};
}

void forget_memory_peak(const torch::Device& device) {
  if (!device.is_cpu()) return c10::getDeviceAllocator(device.type())->resetPeakStats(device.index());
  ::malloc_trim(0);                             // what is free does not count
  std::ofstream("/proc/self/clear_refs") << 5;  // proc(5): VmHWM := VmRSS
}

}  // namespace glyffuser

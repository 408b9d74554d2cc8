#include "glyffuser/tensor/device_facts.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/machine.hpp"

namespace glyffuser {

TEST(DeviceFactsTest, TheCpuIsTheProcessorAndHasNoAllocatorToAsk) {
  EXPECT_EQ(device_name(torch::kCPU), processor_name());
  EXPECT_FALSE(peak_device_memory(torch::kCPU));
}

TEST(DeviceFactsTest, AGpuHasANameAndAPeak) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA here";
  const torch::Device device(torch::kCUDA, 0);
  { const auto block = torch::zeros({1 << 22}, device); }
  EXPECT_GE(peak_device_memory(device)->allocated, 4U << 22U);
  EXPECT_GE(peak_device_memory(device)->reserved, peak_device_memory(device)->allocated);
  EXPECT_NE(device_name(device), device.str());
}

}  // namespace glyffuser

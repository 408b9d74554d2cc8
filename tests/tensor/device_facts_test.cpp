#include "glyffuser/tensor/device_facts.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "glyffuser/core/machine.hpp"

namespace glyffuser {

TEST(DeviceFactsTest, TheCpuIsTheProcessor) {
  EXPECT_EQ(device_name(torch::kCPU), processor_name());
}

TEST(DeviceFactsTest, AGpuHasAName) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA here";
  const torch::Device device(torch::kCUDA, 0);
  EXPECT_NE(device_name(device), device.str());
}

}  // namespace glyffuser

#include "glyffuser/tensor/memory.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <fstream>
#include <new>
#include <stdexcept>

namespace glyffuser {

TEST(MemoryTest, APeakIsSeenAfterTheTensorIsGone) {
  constexpr std::int64_t kBytes = 200 << 20;
  forget_memory_peak(torch::kCPU);
  const MemoryUse before = memory_use(torch::kCPU);
  if (before.now == 0) GTEST_SKIP() << "the system does not tell";
  torch::ones({kBytes}, torch::kUInt8);
  const MemoryUse after = memory_use(torch::kCPU);
  EXPECT_GT(after.peak, before.now + kBytes * 9 / 10);
  EXPECT_LT(after.now, before.now + kBytes / 2);
  EXPECT_EQ(after.tensors_peak, 0U);
}

TEST(MemoryTest, AForgottenPeakIsThatOfNow) {
  if (!std::ofstream("/proc/self/clear_refs")) GTEST_SKIP() << "the system does not let it be forgotten";
  constexpr std::int64_t kBytes = 200 << 20;
  torch::ones({kBytes}, torch::kUInt8);
  const MemoryUse before = memory_use(torch::kCPU);
  forget_memory_peak(torch::kCPU);
  const MemoryUse after = memory_use(torch::kCPU);
  EXPECT_LT(after.peak, before.now + kBytes / 2);
}

TEST(MemoryTest, ExhaustionIsKnownByClassOrByTheAllocatorsName) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  EXPECT_TRUE(
      is_out_of_memory(std::runtime_error("DefaultCPUAllocator: can't allocate memory: you tried to")));
  EXPECT_TRUE(is_out_of_memory(std::runtime_error("in a script: CUDA out of memory. Tried to allocate")));
  EXPECT_FALSE(is_out_of_memory(std::runtime_error("no such file")));
}

TEST(MemoryTest, AGpusAllocatorTellsWhatTensorsTook) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA here";
  const torch::Device device(torch::kCUDA, 0);
  { const auto block = torch::zeros({1 << 22}, device); }
  const MemoryUse use = memory_use(device);
  EXPECT_GE(use.tensors_peak, 4U << 22U);
  EXPECT_GE(use.peak, use.tensors_peak);
}

}  // namespace glyffuser

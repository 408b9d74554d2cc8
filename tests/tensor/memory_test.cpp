#include "glyffuser/tensor/memory.hpp"

#include <gtest/gtest.h>

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
}

}  // namespace glyffuser

#include "glyffuser/tensor/vector_loops.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace glyffuser {
namespace {

TEST(VectorLoopsTest, Bfloat16IsRoundedAsLibTorchRounds) {
  // Half-way cases go to the even neighbour; beyond the largest is infinity; a NaN stays one, whatever its
  // bits.
  for (const float value : {0.0F, -0.0F, 1.0F, 1 + 0x1p-8F, 1 + 0x1.8p-8F, 1 + 0x1p-7F + 0x1p-8F,
                            -1 - 0x1p-7F - 0x1p-8F, 0x1p-140F, std::numeric_limits<float>::max(),
                            -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN(),
                            std::bit_cast<float>(0x7fffffffU), std::bit_cast<float>(0x7f800001U)}) {
    c10::BFloat16 stored;
    store(stored, value);
    EXPECT_EQ(stored.x, c10::BFloat16(value).x) << value;
    if (value == value) {
      EXPECT_EQ(load(stored), static_cast<float>(stored));
    }
  }
}

TEST(VectorLoopsTest, ReducesAnyNumberOfValues) {
  for (std::int64_t count = 1; count <= 3 * kLanes + 1; ++count) {
    const auto place = [](std::int64_t k) { return static_cast<float>(k + 1); };
    EXPECT_EQ(reduce(count, 0.0F, place, plus), static_cast<float>(count * (count + 1) / 2)) << count;
    for (std::int64_t best = 0; best < count; ++best) {
      const auto one = [&](std::int64_t k) { return k == best ? -1.0F : -2.0F; };
      EXPECT_EQ(reduce(count, -2.0F, one, larger), -1.0F) << best << " of " << count;
    }
  }
}

}  // namespace
}  // namespace glyffuser

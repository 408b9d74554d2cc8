#include "glyffuser/image/drawing.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(DrawingTest, ColoursBlendAndStopAtTheEnds) {
  const std::vector<Color> ramp = {{0, 0, 0}, {100, 200, 50}, {200, 0, 0}};
  EXPECT_EQ(from_ramp(ramp, 0), ramp[0]);
  EXPECT_EQ(from_ramp(ramp, 0.25), (Color{50, 100, 25}));
  EXPECT_EQ(from_ramp(ramp, 0.5), ramp[1]);
  EXPECT_EQ(from_ramp(ramp, 1), ramp[2]);
  EXPECT_EQ(from_ramp(ramp, 7), ramp[2]);
  EXPECT_EQ(from_ramp(ramp, -3), ramp[0]);
  EXPECT_EQ(mix({10, 10, 10}, {20, 20, 20}, -1), (Color{10, 10, 10}));
}

}  // namespace
}  // namespace glyffuser

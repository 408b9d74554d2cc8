#include "glyffuser/image/resize.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "glyffuser/core/files.hpp"

namespace glyffuser {
namespace {

// Pillow's BILINEAR, in 8 bits per pass (scripts/fixtures/glyphs.py); ours rounds once.
TEST(ResizeTest, IsPillowsBilinear) {
  const std::string fixture = read_file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/image/resize.bin");
  const auto* at = reinterpret_cast<const std::uint8_t*>(fixture.data());
  const auto* end = at + fixture.size();
  int cases = 0;
  for (; at < end; ++cases) {
    const int width = at[0], height = at[1], size = at[2];
    GrayImage source{width, height, {at + 3, at + 3 + width * height}};
    const auto* expected = at + 3 + width * height;
    const GrayImage resized = resize_to_square(source, size);
    ASSERT_EQ(resized.width, size);
    ASSERT_EQ(resized.pixels.size(), static_cast<std::size_t>(size * size));
    for (int i = 0; i < size * size; ++i)
      EXPECT_LE(std::abs(resized.pixels[static_cast<std::size_t>(i)] - expected[i]), 1)
          << "case " << cases << " pixel " << i;
    at = expected + size * size;
  }
  EXPECT_EQ(cases, 5);
}

TEST(ResizeTest, ALineTakesTheMemoryOfALine) {
  const GrayImage resized = resize_to_square({16'384, 1, std::vector<std::uint8_t>(16'384, 0)}, 8);
  EXPECT_THAT(resized.pixels, ::testing::Each(255));  // a 2,048th of each row that it crosses
}

TEST(ResizeTest, OneGreyStaysThatGreyAndNewPaperIsWhite) {
  for (const int size : {3, 5, 11}) {
    const GrayImage resized = resize_to_square({7, 7, std::vector<std::uint8_t>(49, 77)}, size);
    EXPECT_THAT(resized.pixels, ::testing::Each(77)) << size;
  }
  EXPECT_THAT(resize_to_square({3, 1, {1, 2, 3}}, 3).pixels,
              ::testing::ElementsAre(255, 255, 255, 1, 2, 3, 255, 255, 255));
}

}  // namespace
}  // namespace glyffuser

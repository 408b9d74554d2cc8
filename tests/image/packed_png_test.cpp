#include "glyffuser/image/packed_png.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(PackedPngTest, TwoBitPicturesKeepTheNearestOfFourGreys) {
  const testing::TemporaryFolder folder;
  GrayImage image{.width = 6, .height = 2, .pixels = {0, 42, 43, 127, 128, 255, 212, 213, 170, 85, 10, 250}};
  const GrayImage back = read_image(folder.write("two.png", encode_two_bit_png(image)));
  EXPECT_EQ(back.width, 6);
  EXPECT_EQ(back.height, 2);
  EXPECT_EQ(back.pixels, (std::vector<std::uint8_t>{0, 0, 85, 85, 170, 255, 170, 255, 170, 85, 0, 255}));
}

TEST(PackedPngTest, ColoursComeBackAsTheirLuma) {
  const testing::TemporaryFolder folder;
  const RgbImage image{.width = 2, .height = 1, .pixels = {255, 0, 0, 10, 10, 10}};
  const auto file = folder.write("rgb.png", encode_rgb_png(image, {{"Title", "map"}}));
  EXPECT_EQ(read_image(file).pixels, (std::vector<std::uint8_t>{76, 10}));
  EXPECT_EQ(read_png_text(file).at("Title"), "map");
}

TEST(PackedPngTest, PixelsThatDoNotFillThePictureAreRefused) {
  EXPECT_THROW(encode_rgb_png({.width = 2, .height = 2, .pixels = std::vector<std::uint8_t>(4)}),
               std::invalid_argument);
  EXPECT_THROW(encode_two_bit_png({.width = 0, .height = 2, .pixels = {}}), std::invalid_argument);
}

}  // namespace
}  // namespace glyffuser

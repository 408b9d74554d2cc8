#include "glyffuser/data/given_picture.hpp"

#include <gtest/gtest.h>

#include "glyffuser/data/real_glyphs.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

GrayImage filled(int side, std::uint8_t gray) {
  return {.width = side,
          .height = side,
          .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), gray)};
}

TEST(GivenPictureTest, OneCharacterIsTheFontsGlyph) {
  EXPECT_EQ(given_picture("金", {}).pixels, real_glyph(U'金', {}).pixels);
  testing::expect_error<ConfigError>([] { given_picture("\U0001F600", {}); }, {"no glyph for"});
}

TEST(GivenPictureTest, MoreIsAFileOfAnySize) {
  const testing::TemporaryFolder folder;
  GrayImage half = filled(64, 255);
  std::fill_n(half.pixels.begin(), 64 * 32, std::uint8_t{0});
  write_png(folder / "half.png", half);
  const GrayImage picture = given_picture((folder / "half.png").string(), drawn_at({}, 32));
  ASSERT_EQ(picture.width, 32);
  EXPECT_EQ(picture.pixels.front(), 0);
  EXPECT_EQ(picture.pixels.back(), 255);
  testing::expect_error<ConfigError>([] { given_picture("none.png", {}); }, {"none.png", "one character"});
  testing::expect_error<ConfigError>([] { given_picture("\xFF", {}); }, {"\xFF", "no such file"});
  const std::string text = folder.write("text.png", "no picture").string();
  testing::expect_error<FileError>([&] { given_picture(text, {}); }, {"text.png"});
}

TEST(GivenPictureTest, ACharacterIsNeverAFile) {
  const testing::TemporaryFolder folder;
  write_png(folder / "金", filled(128, 7));
  EXPECT_EQ(given_picture((folder / "金").string(), {}).pixels, filled(128, 7).pixels);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(given_picture("./金", {}).pixels, filled(128, 7).pixels);
  EXPECT_EQ(given_picture("金", {}).pixels, real_glyph(U'金', {}).pixels);
  std::filesystem::current_path(before);
}

TEST(KeepMaskTest, APartIsKept) {
  const torch::Tensor left = keep_mask("left", 100);
  ASSERT_EQ(left.sizes(), torch::IntArrayRef({1, 1, 100, 100}));
  EXPECT_TRUE((left.slice(3, 0, 44) == 1).all().item<bool>());
  EXPECT_TRUE((left.slice(3, 44, 100) == 0).all().item<bool>());
  EXPECT_TRUE(torch::equal(keep_mask("right", 100), 1 - left));
  EXPECT_EQ(keep_mask("left", 15).sum().item<double>(), 7 * 15);  // 6.6, to the nearest
  const torch::Tensor top = keep_mask("top", 100);
  EXPECT_TRUE((top.slice(2, 0, 50) == 1).all().item<bool>());
  EXPECT_TRUE((top.slice(2, 50, 100) == 0).all().item<bool>());
  EXPECT_TRUE(torch::equal(keep_mask("bottom", 100), 1 - top));
}

TEST(KeepMaskTest, AFilesBlackIsKept) {
  const testing::TemporaryFolder folder;
  GrayImage mask = filled(16, 255);
  mask.pixels[3 * 16 + 5] = 0;
  mask.pixels[4 * 16 + 5] = 51;
  write_png(folder / "mask.png", mask);
  const torch::Tensor keep = keep_mask((folder / "mask.png").string(), 16);
  EXPECT_EQ(keep[0][0][3][5].item<float>(), 1);
  EXPECT_NEAR(keep[0][0][4][5].item<float>(), 0.8, 1e-6);
  EXPECT_NEAR(keep.sum().item<float>(), 1.8, 1e-5);
}

TEST(KeepMaskTest, AMaskThatSaysNothingIsRefused) {
  const testing::TemporaryFolder folder;
  write_png(folder / "white.png", filled(16, 255));
  write_png(folder / "black.png", filled(16, 0));
  testing::expect_error<ConfigError>([&] { keep_mask((folder / "white.png").string(), 16); },
                                     {"white.png", "all white"});
  testing::expect_error<ConfigError>([&] { keep_mask((folder / "black.png").string(), 16); },
                                     {"black.png", "all black"});
  testing::expect_error<ConfigError>([] { keep_mask("middle", 16); }, {"middle", "left, right, top, bottom"});
}

TEST(ToTensorTest, FromMinusOneToOne) {
  const torch::Tensor images = to_tensor({filled(2, 0), filled(2, 255)});
  EXPECT_EQ(images.sizes(), torch::IntArrayRef({2, 1, 2, 2}));
  EXPECT_TRUE((images[0] == -1).all().item<bool>());
  EXPECT_TRUE((images[1] == 1).all().item<bool>());
}

}  // namespace
}  // namespace glyffuser

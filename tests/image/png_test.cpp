#include "glyffuser/image/png.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/files.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

const std::filesystem::path kFixtures = GLYFFUSER_SOURCE_DIR "/tests/fixtures/image";

GrayImage gradient(int width, int height) {
  GrayImage image{.width = width, .height = height, .pixels = {}};
  for (int i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i * 7 % 256));
  return image;
}

TEST(PngTest, PicturesComeBackAsTheyWere) {
  const TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(128, 128), std::pair(3, 257)}) {
    const GrayImage image = gradient(width, height);
    write_png(folder / "x.png", image, {{"parameters", "水"}});
    const GrayImage read = read_image(folder / "x.png");
    EXPECT_EQ(read.width, width);
    EXPECT_EQ(read.height, height);
    EXPECT_EQ(read.pixels, image.pixels);
  }
}

TEST(PngTest, EqualInputGivesEqualBytes) {
  const PngText text = {{"parameters", "gold; metal"}, {"glyffuser", "{}"}};
  EXPECT_EQ(encode_png(gradient(64, 64), text), encode_png(gradient(64, 64), text));
}

TEST(PngTest, TextComesBack) {
  const TemporaryFolder folder;
  const PngText text = {
      {"parameters", "caf\u00e9\nSteps: 1"}, {"glyffuser", "{\"prompt\":\"水\\n\"}"}, {"e", ""}};
  write_png(folder / "x.png", gradient(4, 4), text);
  EXPECT_EQ(read_png_text(folder / "x.png"), (std::map<std::string, std::string>(text.begin(), text.end())));
}

TEST(PngTest, ReadsWhatPillowWrote) {
  std::string zipped;
  std::string international;
  for (int i = 0; i < 40; ++i) zipped += "na\u00efve ";
  for (int i = 0; i < 100; ++i) international += "水";
  EXPECT_EQ(read_png_text(kFixtures / "gray.png"),
            (std::map<std::string, std::string>{{"plain", "caf\u00e9\nSteps: 20"},
                                                {"zipped", zipped},
                                                {"international", "水; 金属"},
                                                {"international zipped", international}}));
  EXPECT_EQ(read_image(kFixtures / "gray.png").pixels,
            (std::vector<std::uint8_t>{0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220}));
}

TEST(PngTest, ColoursBecomeTheirLumaAndTransparencyWhite) {
  // ITU-R BT.601: red 0.299, green 0.587.
  const GrayImage rgba = read_image(kFixtures / "rgba.png");
  ASSERT_EQ(rgba.pixels.size(), 3U);
  EXPECT_NEAR(rgba.pixels[0], 76, 1);
  EXPECT_EQ(rgba.pixels[1], 255);
  EXPECT_EQ(rgba.pixels[2], 127);
  EXPECT_NEAR(read_image(kFixtures / "green.jpg").pixels[0], 150, 2);
}

TEST(PngTest, DamagedFilesAreNamed) {
  const TemporaryFolder folder;
  const std::string png = encode_png(gradient(64, 64), {{"parameters", "gold"}});
  for (const std::size_t kept :
       {std::size_t{0}, std::size_t{4}, std::size_t{8}, std::size_t{40}, png.size() / 2, png.size() - 1}) {
    const auto file = folder.write("cut.png", png.substr(0, kept));
    expect_error<FileError>([&] { read_image(file); }, {"cut.png"});
    expect_error<FileError>([&] { read_png_text(file); }, {"cut.png"});
  }
  for (const std::size_t at : {std::size_t{20}, png.find("gold"), png.find("IDAT") + 9}) {
    std::string flipped = png;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    const auto file = folder.write("flipped.png", flipped);
    expect_error<FileError>([&] { read_image(file); }, {"flipped.png", "checksum"});
  }
  const auto other = folder.write("other.png", "no picture at all");
  expect_error<FileError>([&] { read_image(other); }, {"other.png"});
  expect_error<FileError>([&] { read_image(folder / "none.png"); }, {"none.png"});
}

TEST(PngTest, FilesOfOtherKindsAreWholeToo) {
  const TemporaryFolder folder;
  // Width 2, height 2, one plane of 24 bits, each row filled up to 8 bytes (Microsoft's BITMAPINFOHEADER).
  const auto number = [](int value) { return std::string{static_cast<char>(value), 0, 0, 0}; };
  const std::string bmp = "BM" + number(70) + number(0) + number(54) + number(40) + number(2) + number(2) +
                          std::string{1, 0, 24, 0} + number(0) + number(16) + std::string(16, '\0') +
                          std::string(16, '\0');
  EXPECT_EQ(read_image(folder.write("whole.bmp", bmp)).pixels, std::vector<std::uint8_t>(4, 0));
  const std::string gif = read_file(kFixtures / "black.gif");
  EXPECT_EQ(read_image(folder.write("whole.gif", gif)).pixels, std::vector<std::uint8_t>(64, 0));
  const std::string jpeg = read_file(kFixtures / "green.jpg");
  for (const auto& [name, whole, lacking] :
       {std::tuple("cut.bmp", bmp, 3U), std::tuple("cut.gif", gif, 6U), std::tuple("cut.jpg", jpeg, 6U)}) {
    const auto file = folder.write(name, whole.substr(0, whole.size() - lacking));
    expect_error<FileError>([&, &file = file] { read_image(file); }, {name});
  }
}

TEST(PngTest, OtherFormatsAreNotTried) {
  const TemporaryFolder folder;
  const std::string pgm = "P5 4 2 255\n" + std::string(8, '\0');
  std::string pic = "S\x80\xF6\x34" + std::string(84, '\0') + "PICT";
  pic += std::string("\0\2\0\2", 4) + std::string(8, '\0');
  for (const std::string& bytes : {pgm, pic})
    expect_error<FileError>([&] { read_image(folder.write("other", bytes)); },
                            {"other", "PNG, JPEG, GIF or BMP"});
}

TEST(PngTest, PicturesHaveALimitAndAreNotEmpty) {
  const TemporaryFolder folder;
  const auto gif = [](int width, int height) {
    const auto two = [](int value) {
      return std::string{static_cast<char>(value & 0xFF), static_cast<char>(value >> 8)};
    };
    return "GIF87a" + two(width) + two(height) + std::string("\x81\0\0", 3) + std::string(12, '\0') + "," +
           std::string(4, '\0') + two(width) + two(height) + std::string("\0\2\2\x44\1\0;", 7);
  };
  expect_error<FileError>([&] { read_image(folder.write("wide.gif", gif(20'000, 1))); },
                          {"wide.gif", "20000 x 1", "16384"});
  expect_error<FileError>([&] { read_image(folder.write("large.gif", gif(16'000, 16'000))); },
                          {"large.gif", "134217728 in all"});
  expect_error<FileError>([&] { read_image(folder.write("flat.gif", gif(8, 0))); },
                          {"flat.gif", "no pixels"});
}

TEST(PngTest, RefusesWhatPngCannotHold) {
  EXPECT_THROW(encode_png({.width = 2, .height = 2, .pixels = {0}}), std::invalid_argument);
  EXPECT_THROW(encode_png({}), std::invalid_argument);
  testing::expect_error<std::invalid_argument>(
      [] { encode_png({.width = 46'341, .height = 46'341, .pixels = {}}); }, {"2^31"});
  EXPECT_THROW(encode_png(gradient(1, 1), {{"x", "\xff"}}), std::invalid_argument);
}

}  // namespace
}  // namespace glyffuser

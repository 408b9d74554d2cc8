#include "glyffuser/image/outline.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/program.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

/// White, with a black square from (8, 8) to (24, 24) whose left edge lies in the middle of a pixel.
GrayImage square() {
  GrayImage image{.width = 32, .height = 32, .pixels = std::vector<std::uint8_t>(32 * 32, 255)};
  for (std::size_t y = 8; y < 24; ++y) {
    for (std::size_t x = 8; x < 24; ++x) image.pixels[y * 32 + x] = 0;
    image.pixels[y * 32 + 7] = 128;
  }
  return image;
}

/// Only a program called potrace that does what the script says is on PATH, besides the usual ones.
class FakePotrace {
 public:
  explicit FakePotrace(const std::string& script) : path_(std::getenv("PATH")) {
    const auto file = folder_.write("potrace", "#!/bin/sh\n" + script);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    ::setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  ~FakePotrace() { ::setenv("PATH", path_.c_str(), 1); }

 private:
  testing::TemporaryFolder folder_;
  std::string path_;
};

TEST(OutlineTest, FollowsTheEdges) {
  if (!is_on_path("potrace")) GTEST_SKIP() << "potrace is not installed";
  const auto svg = outline_svg(square());
  EXPECT_NE(svg.find("viewBox=\"0 0 32.000000 32.000000\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("scale(0.025000,-0.025000)"), std::string::npos);  // tenths of our pixels' quarters
  // The path begins with its first corner's surroundings, in those units and from below: all corners of the
  // square are at 7.5 or 8 to 24 pixels.
  std::smatch found;
  ASSERT_TRUE(std::regex_search(svg, found, std::regex("<path d=\"M([0-9]+) ([0-9]+)")));
  const double x = std::stod(found[1]) / 40, y = 32 - std::stod(found[2]) / 40;
  EXPECT_TRUE(x > 7 && x < 25 && y > 7 && y < 25) << x << " " << y;
  EXPECT_TRUE(std::abs(x - 7.5) < 0.3 || std::abs(x - 24) < 0.3 || std::abs(y - 8) < 0.3 ||
              std::abs(y - 24) < 0.3);
  EXPECT_EQ(outline_svg(square()), svg);
}

TEST(OutlineTest, BlankPaperHasNoOutline) {
  if (!is_on_path("potrace")) GTEST_SKIP() << "potrace is not installed";
  GrayImage image = square();
  image.pixels.assign(image.pixels.size(), 255);
  image.pixels[500] = 100;  // a speck of less than a pixel
  const auto svg = outline_svg(image);
  EXPECT_EQ(svg.find("<path"), std::string::npos);
}

TEST(OutlineTest, ThePictureGoesInAsBlackAndWhite) {
  const FakePotrace fake("head -c 11 | tr -d '\\n'; tail -c +1 | wc -c; echo '</svg>'\n");
  const auto svg = outline_svg(square());
  EXPECT_EQ(svg.substr(0, 9), "P4128 128");
}

TEST(OutlineTest, TheBitsArePaddedToWholeBytesInEveryRow) {
  const testing::TemporaryFolder folder;
  const FakePotrace fake("cat > " + (folder / "bits").string() + "; echo '</svg>'\n");
  GrayImage image{.width = 3, .height = 3, .pixels = std::vector<std::uint8_t>(9, 255)};
  image.pixels[0] = 0;
  outline_svg(image);
  const std::string bits = read_file(folder / "bits"), header = "P4\n12 12\n";
  ASSERT_EQ(bits.size(), header.size() + 12 * 2);
  EXPECT_EQ(bits.substr(0, header.size()), header);
  EXPECT_EQ(bits.substr(header.size(), 2), std::string("\xf0\0", 2));
  EXPECT_EQ(bits.substr(header.size() + 12), std::string(12, '\0'));
}

TEST(OutlineTest, WhatPotraceSaysOfItsFailureIsPassedOn) {
  const FakePotrace fake("echo 'potrace: no more ink' >&2; echo 'second line' >&2; exit 2\n");
  testing::expect_error<RunError>([] { outline_svg(square()); }, {"status 2", "potrace: no more ink"});
}

TEST(OutlineTest, OutputThatIsNoSvgIsRefused) {
  const FakePotrace fake("echo '<svg>'\n");
  testing::expect_error<RunError>([] { outline_svg(square()); }, {"potrace wrote no SVG"});
}

TEST(OutlineTest, AMissingPotraceIsNamed) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  testing::expect_error<ConfigError>([] { outline_svg(square()); },
                                     {"potrace was not found on PATH", "Debian package potrace"});
  ::setenv("PATH", path.c_str(), 1);
}

TEST(OutlineTest, RefusesWhatIsNotSquare) {
  EXPECT_THROW(outline_svg({}), std::invalid_argument);
  EXPECT_THROW(outline_svg({.width = 2, .height = 1, .pixels = {0, 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/data/nearest_glyph.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "glyffuser/core/text.hpp"
#include "glyffuser/data/han_glyphs.hpp"
#include "glyffuser/data/real_glyphs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

/// One search over all glyphs for every test: drawing them takes seconds.
class NearestGlyphTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<testing::TemporaryFolder>();
    config_.cache = folder_->path().string();
    glyphs_ = std::make_unique<NearestGlyphs>(config_);
  }
  static void TearDownTestSuite() {
    glyphs_.reset();
    folder_.reset();
  }

  static NearestGlyph nearest(const GrayImage& picture) { return glyphs_->find({picture}).at(0); }

  static std::unique_ptr<testing::TemporaryFolder> folder_;
  static DataConfig config_;
  static std::unique_ptr<NearestGlyphs> glyphs_;
};

std::unique_ptr<testing::TemporaryFolder> NearestGlyphTest::folder_;
DataConfig NearestGlyphTest::config_;
std::unique_ptr<NearestGlyphs> NearestGlyphTest::glyphs_;

/// Moved by a pixel to the right, blurred over 3 x 3 pixels, fainter and noisy.
GrayImage worn(const GrayImage& image) {
  GrayImage result = image;
  unsigned random = 1;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      int sum = 0;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -2; dx <= 0; ++dx) {
          const int from_y = std::clamp(y + dy, 0, image.height - 1),
                    from_x = std::clamp(x + dx, 0, image.width - 1);
          sum += image.pixels[static_cast<std::size_t>(from_y * image.width + from_x)];
        }
      }
      random = random * 1664525U + 1013904223U;
      const int noisy = 60 + sum / 9 * 6 / 10 + static_cast<int>(random >> 26) - 32;
      result.pixels[static_cast<std::size_t>(y * image.width + x)] =
          static_cast<std::uint8_t>(std::clamp(noisy, 0, 255));
    }
  }
  return result;
}

TEST_F(NearestGlyphTest, EveryRealGlyphFindsItself) {
  const GlyphRecords all = load_han_glyphs(config_);
  std::vector<char32_t> characters = {U'〇', U'一', U'二', U'丶', U'日', U'曰',
                                      U'己', U'已', U'巳', U'土', U'士'};
  for (std::size_t i = 0; i < all.size(); i += 199) characters.push_back(all.code_points[i]);
  std::vector<GrayImage> pictures;
  for (const char32_t character : characters) pictures.push_back(real_glyph(character, config_));
  const std::vector<NearestGlyph> found = glyphs_->find(pictures);
  for (std::size_t i = 0; i < characters.size(); ++i) {
    EXPECT_EQ(found[i].code_point, characters[i]) << encode_utf8(characters[i]);
    EXPECT_NEAR(found[i].distance, 0, 1e-12);
    EXPECT_GE(found[i].distance, 0);  // not a hair below by rounding
    EXPECT_NEAR(found[i].correlation, 1, 1e-5);
  }
}

TEST_F(NearestGlyphTest, AWornGlyphFindsItself) {
  for (const char32_t character : {U'鐵', U'警', U'林', U'木', U'口', U'龜'}) {
    const NearestGlyph found = nearest(worn(real_glyph(character, config_)));
    EXPECT_EQ(found.code_point, character);
    EXPECT_GT(found.correlation, 0.85);
    EXPECT_LT(found.correlation, 1);
    EXPECT_GT(found.distance, 0.01);
  }
}

TEST_F(NearestGlyphTest, OfTwinsTheLowestCodePointIsTold) {
  EXPECT_EQ(nearest(real_glyph(U'\uF900', config_)).code_point, U'豈');
}

TEST_F(NearestGlyphTest, TheFigureForTwoCharacters) {
  // Half of each: as near to a real glyph as parts are, and not a copy.
  GrayImage picture = real_glyph(U'鐵', config_);
  const GrayImage other = real_glyph(U'鵬', config_);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    if (i % 128 >= 64) picture.pixels[i] = other.pixels[i];
  const NearestGlyph found = nearest(picture);
  EXPECT_NE(found.code_point, 0U);
  EXPECT_GT(found.correlation, 0.6);
  EXPECT_LT(found.correlation, 0.97);
}

TEST_F(NearestGlyphTest, ABlankPictureResemblesNone) {
  for (const int gray : {0, 200, 255}) {
    const NearestGlyph found =
        nearest({.width = 128,
                 .height = 128,
                 .pixels = std::vector<std::uint8_t>(128 * 128, static_cast<std::uint8_t>(gray))});
    EXPECT_EQ(found.code_point, 0U);
    EXPECT_EQ(found.correlation, 0);
    EXPECT_EQ(found.distance, 1);
    EXPECT_EQ(nearest_label(found), "");
  }
}

TEST_F(NearestGlyphTest, AnotherSizeIsRefused) {
  EXPECT_THROW(nearest({.width = 2, .height = 2, .pixels = std::vector<std::uint8_t>(4)}),
               std::invalid_argument);
  EXPECT_TRUE(glyphs_->find({}).empty());
}

TEST(NearestLabelTest, CharacterAndCorrelation) {
  EXPECT_EQ(nearest_label({.code_point = U'鐵', .correlation = 0.9149, .distance = 0.2}), "鐵 0.91");
}

}  // namespace
}  // namespace glyffuser

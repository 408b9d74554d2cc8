#include "glyffuser/data/real_glyphs.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "glyffuser/data/rendering.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(RealGlyphsTest, AGlyphIsWhatTheDataHold) {
  DataConfig config;
  config.characters = "金";
  const GlyphRecords records = render_glyphs(config);
  const GrayImage image = real_glyph(U'金', config);
  ASSERT_EQ(image.width, 128);
  ASSERT_EQ(image.pixels.size(), 128U * 128U);
  std::vector<std::uint8_t> ink(128 * 128);
  records.ink.unpack(0, ink);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) ASSERT_EQ(image.pixels[i], 255 - ink[i]) << i;
  EXPECT_EQ(*std::ranges::min_element(image.pixels), 0);
}

TEST(RealGlyphsTest, ACharacterWithoutAGlyphIsNamed) {
  testing::expect_error<ConfigError>([] { real_glyph(U'\U0001F600', DataConfig{}); },
                                     {"NotoSansCJK", "no glyph for `\U0001F600`"});
}

TEST(RealGlyphsTest, AnotherSizeKeepsTheProportions) {
  const DataConfig half = drawn_at({}, 64);
  EXPECT_EQ(half.image_size, 64);
  EXPECT_EQ(half.font_size, 50);
  EXPECT_EQ(drawn_at({}, 128).font_size, 100);
  EXPECT_EQ(real_glyph(U'金', half).width, 64);
}

TEST(RealGlyphsTest, MeaningsAreFoundAsWholeWords) {
  const testing::TemporaryFolder folder;
  DataConfig config;
  config.definitions =
      folder
          .write("table.tsv",
                 "木\ttree; wood\n林\tforest, grove\n果\tfruit of a tree\n樹\tTree\n街\tstreet\n"
                 "\U0001F333\ttree\n㭟\ttree\n柳\twillow tree; pleasure\n"
                 "道\tstreets; a street\n")
          .string();
  const Meanings meanings(config);
  EXPECT_EQ(meanings.characters("tree", 9), (std::vector<char32_t>{U'木', U'樹', U'㭟', U'柳', U'果'}));
  EXPECT_EQ(meanings.characters(" Willow TREE ", 9), (std::vector<char32_t>{U'柳'}));
  EXPECT_EQ(meanings.characters("tree", 2).size(), 2U);
  EXPECT_EQ(meanings.characters("street", 9), (std::vector<char32_t>{U'街', U'道'}));
  EXPECT_TRUE(meanings.characters("wheel", 9).empty());
  EXPECT_TRUE(meanings.characters(" ", 9).empty());
}

TEST(RealGlyphsTest, OfTheSmallestPicturesAFontHasOnePixelAtLeast) {
  DataConfig config;
  config.image_size = 1024;
  config.font_size = 4;
  EXPECT_EQ(drawn_at(config, 8).font_size, 1);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/data/han_glyphs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(HanGlyphsTest, KnowsHanFromTheRest) {
  for (const char32_t code : {U'一', U'金', U'㐀', U'龥', U'〇', U'\uF900', U'\U00020000', U'\U00030000'})
    EXPECT_TRUE(is_han(code)) << std::hex << static_cast<std::uint32_t>(code);
  for (const char32_t code : {U'a', U'。', U'か', U'⼀', U'⺀', U'㇀', U'가', U'Ａ', U'\U0001F600'})
    EXPECT_FALSE(is_han(code)) << std::hex << static_cast<std::uint32_t>(code);
}

TEST(HanGlyphsTest, ReducingTakesTheMeanOfWhatAPixelCovers) {
  torch::Tensor ink = torch::zeros({2, 128, 128}, torch::kUInt8);
  ink[0].slice(0, 0, 4).slice(1, 4, 6).fill_(200);  // the left half of pixel (0, 1)
  ink[1].fill_(9);
  ink[1][127][127] = 19;                           // a sixteenth of ten more: to the nearest
  ink[1].slice(0, 0, 4).slice(1, 0, 3).fill_(10);  // three quarters of one more
  const torch::Tensor small = reduced(ink);
  ASSERT_EQ(small.sizes(), torch::IntArrayRef({2, 32, 32}));
  EXPECT_EQ(small[0][0][1].item<int>(), 100);
  EXPECT_EQ(small[0].sum().item<int>(), 100);
  EXPECT_EQ(small[1][0][0].item<int>(), 10);
  EXPECT_EQ(small[1][31][31].item<int>(), 10);
  EXPECT_EQ(small[1].sum().item<int>(), 9 * 32 * 32 + 2);
  EXPECT_EQ(reduced(ink.slice(1, 0, 48).slice(2, 0, 48)).size(1), 32);
}

TEST(HanGlyphsTest, AllOfTheFontOnceAndTheSecondTimeFromTheCache) {
  const testing::TemporaryFolder folder;
  DataConfig config = {};
  config.image_size = 32;
  config.font_size = 25;
  config.cache = folder.path().string();
  const GlyphRecords glyphs = load_han_glyphs(config);
  EXPECT_GT(glyphs.size(), 25'000U);
  EXPECT_EQ(glyphs.ink.size(), glyphs.size());
  EXPECT_EQ(glyphs.ink.side(), 32);
  EXPECT_TRUE(std::ranges::is_sorted(glyphs.code_points));
  EXPECT_TRUE(std::ranges::all_of(glyphs.code_points, is_han));
  const std::set<char32_t> present(glyphs.code_points.begin(), glyphs.code_points.end());
  EXPECT_TRUE(present.contains(U'鐵'));
  EXPECT_TRUE(present.contains(U'\u8C48'));   // 豈
  EXPECT_FALSE(present.contains(U'\uF900'));  // the same, for compatibility
  ASSERT_FALSE(std::filesystem::is_empty(folder.path()));
  const GlyphRecords again = load_han_glyphs(config);
  EXPECT_EQ(again.ink.packed(), glyphs.ink.packed());
  EXPECT_EQ(again.code_points, glyphs.code_points);
  EXPECT_EQ(again.captions.front(), glyphs.captions.front());
}

TEST(HanGlyphsTest, AFontThatIsMissingIsNamed) {
  DataConfig config;
  config.font = "/nowhere/none.ttf";
  testing::expect_error<FileError>([&] { load_han_glyphs(config); }, {"none.ttf"});
}

}  // namespace
}  // namespace glyffuser

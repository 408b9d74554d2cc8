#include "glyffuser/data/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace glyffuser {
namespace {

// Glyph i shows picture pictures[i].
GlyphRecords records_of(const std::vector<std::string>& captions, const std::vector<int>& pictures) {
  const auto count = static_cast<std::int64_t>(captions.size());
  torch::Tensor ink = torch::zeros({count, 4, 4}, torch::kUInt8);
  for (std::int64_t i = 0; i < count; ++i)
    ink[i].view({16})[pictures[static_cast<std::size_t>(i)]].fill_(255);
  return {ink, std::vector<char32_t>(captions.size(), 0), captions};
}

TEST(SplitTest, GlyphsThatShareCaptionOrPictureStayTogether) {
  // 0 and 1 by caption in another case, 1 and 2 by picture, so 0 and 2 too; 3 stands alone.
  const GlyphRecords records = records_of({"Gold", "gold", "metal", "tree"}, {0, 1, 1, 2});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<bool> held = hold_out(records, 0.75, seed, 1);
    EXPECT_EQ(held[0], held[1]);
    EXPECT_EQ(held[1], held[2]);
    EXPECT_NE(held[0] && held[3], true);
  }
}

GlyphRecords many() {
  std::vector<std::string> captions;
  std::vector<int> pictures;
  for (int i = 0; i < 400; ++i) captions.push_back("caption " + std::to_string(i / 2));
  GlyphRecords records = records_of(captions, std::vector<int>(400, 0));
  for (std::int64_t i = 0; i < 400; ++i)
    records.ink[i].view({16})[i % 16].fill_(static_cast<int>(1 + i / 16));
  return records;
}

TEST(SplitTest, TheShareIsReachedAndTheSeedChooses) {
  const GlyphRecords records = many();
  const std::vector<bool> held = hold_out(records, 0.05, 0, 2);
  EXPECT_EQ(std::count(held.begin(), held.end(), true), 20);
  EXPECT_EQ(hold_out(records, 0.05, 0, 1), held);
  EXPECT_NE(hold_out(records, 0.05, 1, 1), held);
}

TEST(SplitTest, TheOrderOfTheGlyphsDoesNotMatter) {
  const GlyphRecords records = many();
  GlyphRecords reversed{records.ink.flip(0).contiguous(),
                        records.code_points,
                        {records.captions.rbegin(), records.captions.rend()}};
  std::vector<bool> held = hold_out(reversed, 0.05, 3, 1);
  std::reverse(held.begin(), held.end());
  EXPECT_EQ(held, hold_out(records, 0.05, 3, 1));
}

TEST(SplitTest, TheWholeSetIsNeverHeldOut) {
  const GlyphRecords one_group = records_of({"a", "a"}, {0, 1});
  EXPECT_EQ(hold_out(one_group, 0.9, 0, 1), std::vector<bool>(2, false));
  EXPECT_EQ(hold_out(many(), 0, 0, 1), std::vector<bool>(400, false));
  const std::vector<bool> held = hold_out(records_of({"a", "b", "c"}, {0, 1, 2}), 0.01, 0, 1);
  EXPECT_EQ(std::count(held.begin(), held.end(), true), 1) << "at least one";
}

}  // namespace
}  // namespace glyffuser

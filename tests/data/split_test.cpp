#include "glyffuser/data/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace glyffuser {
namespace {

GlyphRecords records_of(const std::vector<std::string>& captions, const torch::Tensor& ink) {
  return {pack_pictures(ink), std::vector<char32_t>(captions.size(), 0), captions, {}};
}

// Glyph i shows picture pictures[i].
GlyphRecords records_of(const std::vector<std::string>& captions, const std::vector<int>& pictures) {
  const auto count = static_cast<std::int64_t>(captions.size());
  const torch::Tensor ink = torch::zeros({count, 4, 4}, torch::kUInt8);
  for (std::int64_t i = 0; i < count; ++i)
    ink[i].view({16})[pictures[static_cast<std::size_t>(i)]].fill_(255);
  return records_of(captions, ink);
}

TEST(SplitTest, GlyphsThatShareCaptionOrPictureStayTogether) {
  // 0 and 1 by caption in another case, 1 and 2 by picture, so 0 and 2 too; 3 stands alone.
  const GlyphRecords records = records_of({"Gold", "gold", "metal", "tree"}, {0, 1, 1, 2});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<bool> held = hold_out(records, 0.75, seed);
    EXPECT_EQ(held[0], held[1]);
    EXPECT_EQ(held[1], held[2]);
    EXPECT_NE(held[0] && held[3], true);
  }
}

GlyphRecords many(bool reversed = false) {
  std::vector<std::string> captions;
  for (int i = 0; i < 400; ++i) captions.push_back("caption " + std::to_string(i / 2));
  torch::Tensor ink = torch::zeros({400, 4, 4}, torch::kUInt8);
  ink.view({400, 16}).select(1, 0).fill_(255);
  for (std::int64_t i = 0; i < 400; ++i) ink[i].view({16})[i % 16].fill_(static_cast<int>(1 + i / 16));
  if (reversed) {
    ink = ink.flip(0);
    std::reverse(captions.begin(), captions.end());
  }
  return records_of(captions, ink);
}

TEST(SplitTest, TheShareIsReachedAndTheSeedChooses) {
  const GlyphRecords records = many();
  const std::vector<bool> held = hold_out(records, 0.05, 0);
  EXPECT_EQ(std::count(held.begin(), held.end(), true), 20);
  EXPECT_EQ(hold_out(records, 0.05, 0), held);
  EXPECT_NE(hold_out(records, 0.05, 1), held);
}

TEST(SplitTest, TheOrderOfTheGlyphsDoesNotMatter) {
  std::vector<bool> held = hold_out(many(/*reversed=*/true), 0.05, 3);
  std::reverse(held.begin(), held.end());
  EXPECT_EQ(held, hold_out(many(), 0.05, 3));
}

TEST(SplitTest, TheWholeSetIsNeverHeldOut) {
  const GlyphRecords one_group = records_of({"a", "a"}, {0, 1});
  EXPECT_EQ(hold_out(one_group, 0.9, 0), std::vector<bool>(2, false));
  const auto two = hold_out(records_of({"a", "b"}, {0, 1}), 0.9, 0);
  EXPECT_EQ(std::count(two.begin(), two.end(), true), 1) << "one is trained on";
  EXPECT_EQ(hold_out(many(), 0, 0), std::vector<bool>(400, false));
  const std::vector<bool> held = hold_out(records_of({"a", "b", "c"}, {0, 1, 2}), 0.01, 0);
  EXPECT_EQ(std::count(held.begin(), held.end(), true), 1) << "at least one";
}

// As one group they could not be split at all.
TEST(SplitTest, PicturesWithoutCaptionsAreKnownByTheirFiles) {
  GlyphRecords records = records_of({"", "", "", "", ""}, {0, 1, 2, 3, 3});
  records.file_names = {"a.png", "b.png", "c.png", "d.png", "e.png"};
  std::set<std::vector<bool>> splits;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto held = hold_out(records, 0.4, seed);
    splits.insert(held);
    EXPECT_EQ(std::count(held.begin(), held.end(), true), 2);
    EXPECT_EQ(held[3], held[4]);
  }
  EXPECT_GT(splits.size(), 1U);
}

// Which of a group's captions comes first in the data would decide otherwise.
TEST(SplitTest, AGroupIsKnownByItsFirstCaptionInTheAlphabet) {
  std::vector<std::string> captions;
  std::vector<int> pictures;
  for (int i = 0; i < 8; ++i) {
    captions.insert(captions.end(), {"z" + std::to_string(i), "a" + std::to_string(i)});
    pictures.insert(pictures.end(), {i, i});
  }
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto held = hold_out(records_of(captions, pictures), 0.25, seed);
    auto exchanged = captions;
    for (std::size_t i = 0; i < 16; i += 2) std::swap(exchanged[i], exchanged[i + 1]);
    EXPECT_EQ(hold_out(records_of(exchanged, pictures), 0.25, seed), held) << seed;
  }
}

}  // namespace
}  // namespace glyffuser

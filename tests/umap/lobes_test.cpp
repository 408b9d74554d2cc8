#include "glyffuser/umap/lobes.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

/// A square with a gap down the middle, or its mirror image along the diagonal.
torch::Tensor split_square(bool left_right) {
  torch::Tensor ink = torch::zeros({32, 32});
  ink.slice(0, 4, 28).slice(1, 4, 28).fill_(1);
  (left_right ? ink.slice(1, 15, 17) : ink.slice(0, 15, 17)).fill_(0);
  return ink.flatten();
}

CharacterFacts unknown(std::size_t count) {
  CharacterFacts facts;
  facts.layout_names = {"unknown"};
  facts.layouts.assign(count, 0);
  facts.block_names = {"no character", "CJK Unified Ideographs"};
  facts.blocks.assign(count, 1);
  return facts;
}

TEST(LobesTest, GapsTellTheLayouts) {
  const torch::Tensor share = side_by_side(
      torch::stack({split_square(true), split_square(false), torch::zeros(1024), torch::ones(1024)}));
  EXPECT_FLOAT_EQ(share[0].item<float>(), 1);
  EXPECT_FLOAT_EQ(share[1].item<float>(), -1);
  EXPECT_FLOAT_EQ(share[2].item<float>(), 0);
  EXPECT_FLOAT_EQ(share[3].item<float>(), 0);
}

TEST(LobesTest, LieWhereTheirGlyphsAreDensest) {
  torch::manual_seed(1);
  std::vector<torch::Tensor> pixels, places;
  for (int i = 0; i < 200; ++i) {
    pixels.push_back(split_square(i % 2 == 0));
    places.push_back(torch::randn(2) * 0.2 + (i % 2 == 0 ? 5 : -5));
  }
  CharacterFacts facts = unknown(200);
  auto lobes = find_lobes(torch::stack(pixels), torch::stack(places), facts);
  ASSERT_EQ(lobes.size(), 2U);
  EXPECT_EQ(lobes[0].text, "side by side");
  EXPECT_NEAR(lobes[0].at.x, 5, 0.3);
  EXPECT_NEAR(lobes[1].at.y, -5, 0.3);
  // Pictures of other things have no such parts.
  facts.blocks.assign(200, 0);
  EXPECT_TRUE(find_lobes(torch::stack(pixels), torch::stack(places), facts).empty());
  // A table of layouts wins over the gaps.
  facts.layout_names = {"unknown", "⿰ left-right", "⿱ top-bottom"};
  for (std::size_t i = 0; i < 200; ++i) facts.layouts[i] = i % 2 == 0 ? 2 : 1;
  lobes = find_lobes(torch::stack(pixels), torch::stack(places), facts);
  ASSERT_EQ(lobes.size(), 2U);
  EXPECT_NEAR(lobes[0].at.x, -5, 0.3);
  // But not one of a few glyphs.
  facts.blocks.assign(200, 1);
  for (std::size_t i = 20; i < 200; ++i) facts.layouts[i] = 0;
  lobes = find_lobes(torch::stack(pixels), torch::stack(places), facts);
  ASSERT_EQ(lobes.size(), 2U);
  EXPECT_NEAR(lobes[0].at.x, 5, 0.3);
}

TEST(LobesTest, NoneWhereTheyCoincideOrGlyphsAreFew) {
  torch::manual_seed(2);
  std::vector<torch::Tensor> pixels;
  for (int i = 0; i < 200; ++i) pixels.push_back(split_square(i % 2 == 0));
  EXPECT_TRUE(find_lobes(torch::stack(pixels), torch::zeros({200, 2}), unknown(200)).empty());
  EXPECT_TRUE(find_lobes(torch::stack(pixels).narrow(0, 0, 50), torch::randn({50, 2}), unknown(50)).empty());
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/umap/tiles.hpp"

#include <gtest/gtest.h>

#include "glyffuser/image/png.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(TilesTest, GlyphsLieRowByRowOnPagesThatHoldSquaresOfThem) {
  const testing::TemporaryFolder folder;
  // Glyph i has the ink 85 (i mod 4): its grey survives two bits.
  torch::Tensor ink = torch::empty({70, 16, 16}, torch::kUInt8);
  for (int i = 0; i < 70; ++i) ink[i].fill_(85 * (i % 4));
  const TilePages tiles = make_tiles(ink, 256, 2);
  EXPECT_EQ(tiles.per_row, 8);
  EXPECT_EQ(tiles.per_page, 64);
  ASSERT_EQ(tiles.pages.size(), 2U);
  const GrayImage first = read_image(folder.write("0.png", tiles.pages[0]));
  EXPECT_EQ(first.width, 2048);
  EXPECT_EQ(first.height, 2048);
  const auto at = [](const GrayImage& page, int row, int column) {
    return page.pixels[static_cast<std::size_t>((row * 256 + 100) * page.width + column * 256 + 100)];
  };
  EXPECT_EQ(at(first, 0, 1), 170);
  EXPECT_EQ(at(first, 5, 3), 0);
  const GrayImage last = read_image(folder.write("1.png", tiles.pages[1]));
  EXPECT_EQ(last.height, 256);     // cut to the rows it needs
  EXPECT_EQ(at(last, 0, 2), 85);   // glyph 66
  EXPECT_EQ(at(last, 0, 7), 255);  // no glyph
}

TEST(TilesTest, AFullPage) {
  EXPECT_EQ(tiles_per_page(64), 1024);
  EXPECT_EQ(tiles_per_page(100), 400);  // the rest of the page stays free
}

TEST(TilesTest, ThreadsDoNotChangeThePages) {
  torch::manual_seed(1);
  const torch::Tensor ink = torch::randint(256, {40, 8, 8}, torch::kUInt8);
  EXPECT_EQ(make_tiles(ink, 8, 1).pages, make_tiles(ink, 8, 3).pages);
  EXPECT_TRUE(make_tiles(ink.narrow(0, 0, 0), 8, 1).pages.empty());
}

}  // namespace
}  // namespace glyffuser

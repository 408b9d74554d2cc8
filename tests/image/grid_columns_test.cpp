#include "glyffuser/image/grid_columns.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

GrayImage shade(int gray) {
  return {.width = 1, .height = 1, .pixels = {static_cast<std::uint8_t>(gray)}};
}

Grid grid(int columns, const std::vector<int>& grays, const std::string& name) {
  Grid grid{.columns = columns, .images = {}, .labels = {.title = name, .rows = {name}, .columns = {}}};
  for (const int gray : grays) {
    grid.images.push_back(shade(gray));
    grid.labels.captions.push_back(name + std::to_string(gray));
  }
  grid.labels.columns = {name};
  return grid;
}

/// The grey levels, -1 for an image of no pixels.
std::vector<int> grays(const Grid& grid) {
  std::vector<int> found;
  for (const GrayImage& image : grid.images)
    found.push_back(image.pixels.empty() ? -1 : image.pixels.front());
  return found;
}

TEST(GridColumnsTest, BesideJoinsTheRows) {
  const Grid both = beside(grid(2, {1, 2, 3}, "a"), grid(1, {8, 9, 10}, "b"));
  EXPECT_EQ(both.columns, 3);
  EXPECT_EQ(grays(both), (std::vector<int>{1, 2, 8, 3, -1, 9, -1, -1, 10}));
  EXPECT_EQ(both.labels.title, "a");
  EXPECT_EQ(both.labels.rows, (std::vector<std::string>{"a"}));
  EXPECT_EQ(both.labels.columns, (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(both.labels.captions,
            (std::vector<std::string>{"a1", "a2", "b8", "a3", "", "b9", "", "", "b10"}));
  EXPECT_EQ(both.labels.set_apart, 1);
}

TEST(GridColumnsTest, AlternatingTakesColumnsInTurn) {
  const Grid both = alternating(grid(2, {1, 2, 3, 4}, "a"), grid(2, {6, 7, 8}, "b"));
  EXPECT_EQ(both.columns, 4);
  EXPECT_EQ(grays(both), (std::vector<int>{1, 6, 2, 7, 3, 8, 4, -1}));
  EXPECT_EQ(both.labels.columns, (std::vector<std::string>{"a", "b", "", ""}));
  EXPECT_EQ(both.labels.captions[1], "b6");
  EXPECT_THROW(alternating(grid(2, {1}, "a"), grid(1, {1}, "b")), std::invalid_argument);
}

TEST(GridColumnsTest, IsDrawnAsAGrid) {
  const Grid both = beside(grid(1, {1}, "a"), grid(1, {9}, "b"));
  EXPECT_EQ(draw_grid(both, std::nullopt).pixels, make_grid(both.images, 2, both.labels).pixels);
}

}  // namespace
}  // namespace glyffuser

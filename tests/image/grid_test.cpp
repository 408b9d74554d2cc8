#include "glyffuser/image/grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

GrayImage filled(int width, int height, std::uint8_t gray) {
  return {.width = width,
          .height = height,
          .pixels = std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), gray)};
}

int at(const GrayImage& image, int x, int y) {
  return image.pixels.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                         static_cast<std::size_t>(x));
}

/// Where the cell of grey level `gray` begins: its first pixel from the top.
std::pair<int, int> corner(const GrayImage& image, std::uint8_t gray) {
  const auto found = std::ranges::find(image.pixels, gray);
  const auto index = static_cast<int>(found - image.pixels.begin());
  return {index % image.width, index / image.width};
}

/// The pixels left of x and above y that are not white.
std::int64_t ink(const GrayImage& image, int right, int bottom) {
  std::int64_t count = 0;
  for (int y = 0; y < bottom; ++y) {
    for (int x = 0; x < right; ++x) count += at(image, x, y) < 250;
  }
  return count;
}

TEST(GridTest, CellsStandInRowsWithLinesBetween) {
  std::vector<GrayImage> images;
  for (const std::uint8_t gray : {10, 20, 30, 40, 50}) images.push_back(filled(6, 4, gray));
  const GrayImage grid = make_grid(images, 3);
  EXPECT_EQ(grid.width, 3 * 6 + 4);
  EXPECT_EQ(grid.height, 2 * 4 + 3);
  EXPECT_EQ(at(grid, 1, 1), 10);
  EXPECT_EQ(at(grid, 6, 4), 10);
  EXPECT_EQ(at(grid, 8, 1), 20);
  EXPECT_EQ(at(grid, 15, 4), 30);
  EXPECT_EQ(at(grid, 1, 6), 40);
  EXPECT_EQ(at(grid, 13, 9), 50);
  const int line = at(grid, 7, 2);
  EXPECT_GT(line, 200);
  EXPECT_LT(line, 250);
  EXPECT_EQ(at(grid, 0, 0), line);
  EXPECT_EQ(at(grid, 18, 8), 255);  // the cell that is missing
}

TEST(GridTest, ItsSizeIsKnownBefore) {
  for (const auto& [rows, columns, width, height] :
       {std::tuple{2, 3, 6, 4}, {1, 1, 128, 128}, {3, 2, 200, 192}}) {
    const auto count = static_cast<std::size_t>(rows * columns);
    const GrayImage grid = make_grid(std::vector<GrayImage>(count, filled(width, height, 9)), columns);
    EXPECT_EQ(grid_size(rows, columns, width, height), std::pair(grid.width, grid.height));
  }
}

TEST(GridTest, LinesGrowWithTheCells) {
  const GrayImage grid = make_grid(std::vector<GrayImage>(2, filled(192, 200, 10)), 2);
  EXPECT_EQ(grid.width, 2 * 192 + 3 * 2);
  EXPECT_EQ(grid.height, 200 + 2 * 2);
}

TEST(GridTest, AnEmptyLabelTakesNoRoom) {
  const std::vector<GrayImage> images(4, filled(32, 32, 0));
  EXPECT_EQ(make_grid(images, 2, {.title = "", .rows = {"", ""}, .columns = {}}).width,
            make_grid(images, 2).width);
}

TEST(GridTest, AnImageOfNoPixelsLeavesItsPlaceEmpty) {
  const GrayImage grid = make_grid({GrayImage{}, filled(6, 4, 10), filled(6, 4, 20)}, 2);
  EXPECT_EQ(at(grid, 3, 2), 255);
  EXPECT_EQ(at(grid, 8, 1), 10);
  EXPECT_EQ(at(grid, 1, 6), 20);
}

TEST(GridTest, TheLastColumnsStandApart) {
  const std::vector<GrayImage> images(3, filled(16, 4, 10));
  const GridLabels labels{.title = "", .rows = {}, .columns = {}, .captions = {}, .set_apart = 1};
  const GrayImage grid = make_grid(images, 3, labels);
  const int gap = grid.width - make_grid(images, 3).width;
  EXPECT_EQ(gap, 16 / 8 + 1);
  EXPECT_EQ(at(grid, 1 + 2 * 17 - 1, 1), at(grid, 0, 0)) << "the line behind the second column";
  EXPECT_EQ(at(grid, 1 + 2 * 17, 1), 255);
  EXPECT_EQ(at(grid, 1 + 2 * 17 + gap, 1), 10);
  const GridLabels all{.title = "", .rows = {}, .columns = {}, .captions = {}, .set_apart = 3};
  EXPECT_EQ(make_grid(images, 3, all).width, make_grid(images, 3).width) << "from nothing";
}

TEST(GridTest, RefusesWhatIsNoGrid) {
  EXPECT_THROW(make_grid({}, 1), std::invalid_argument);
  EXPECT_THROW(make_grid({GrayImage{}}, 1), std::invalid_argument);
  EXPECT_THROW(make_grid({filled(2, 2, 0)}, 0), std::invalid_argument);
  EXPECT_THROW(make_grid({filled(2, 2, 0), filled(2, 3, 0)}, 1), std::invalid_argument);
}

class LabelledGridTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!font_) GTEST_SKIP() << "no font on this machine";
  }
  std::optional<FontFile> font_ = find_label_font();
};

TEST_F(LabelledGridTest, LabelsStandLeftOfAndAboveTheCells) {
  const std::vector<GrayImage> images(4, filled(64, 64, 1));
  const GrayImage plain = make_grid(images, 2, {}, font_);
  const GrayImage rows = make_grid(images, 2, {.title = "", .rows = {"gold", "水"}, .columns = {}}, font_);
  const GrayImage columns = make_grid(images, 2, {.title = "", .rows = {}, .columns = {"1", "20"}}, font_);
  const GrayImage all =
      make_grid(images, 2, {.title = "gold", .rows = {"a", "b"}, .columns = {"1", "20"}}, font_);
  EXPECT_EQ(corner(plain, 1), std::pair(1, 1));
  const auto [row_x, row_y] = corner(rows, 1);
  EXPECT_GT(row_x, 20);
  EXPECT_GT(ink(rows, row_x - 2, rows.height), 20);
  const auto [column_x, column_y] = corner(columns, 1);
  EXPECT_GT(column_y, 20);
  EXPECT_GT(ink(columns, columns.width, column_y - 2), 10);
  EXPECT_GT(corner(all, 1).second, column_y);
}

/// Where the letters in a part of a grid lie: its first and last column and row with much ink.
struct LetterBox {
  int left = 9999, right = -1, top = 9999, bottom = -1;
};

LetterBox letters(const GrayImage& image, int width, int height) {
  LetterBox box;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (at(image, x, y) >= 150 || at(image, x, y) == 1) continue;
      box = {std::min(box.left, x), std::max(box.right, x), std::min(box.top, y), std::max(box.bottom, y)};
    }
  }
  return box;
}

TEST_F(LabelledGridTest, LabelsStandAtTheMiddleOfWhatTheyName) {
  const std::vector<GrayImage> images(4, filled(64, 64, 1));
  const GrayImage rows = make_grid(images, 2, {.title = "", .rows = {"HH", ""}, .columns = {}}, font_);
  const auto [row_x, row_y] = corner(rows, 1);
  const LetterBox row = letters(rows, row_x, row_y + 64);
  EXPECT_NEAR((row.top + row.bottom) / 2.0, row_y + 32, 2);
  EXPECT_NEAR(row.right, row_x - 8, 4);
  EXPECT_GE(row.left, 0);
  const GrayImage columns = make_grid(images, 2, {.title = "", .rows = {}, .columns = {"HH", ""}}, font_);
  const auto [column_x, column_y] = corner(columns, 1);
  const LetterBox column = letters(columns, column_x + 64, column_y);
  EXPECT_NEAR((column.left + column.right) / 2.0, column_x + 32, 1.5);
  const GrayImage titled = make_grid(images, 2, {.title = "gold", .rows = {}, .columns = {"HH", ""}}, font_);
  EXPECT_GE(corner(titled, 1).second, column_y + 14) << "the title has its own line";
}

TEST_F(LabelledGridTest, CaptionsStandBelowTheirCells) {
  const std::vector<GrayImage> images(4, filled(64, 64, 1));
  const GridLabels labels{.title = "", .rows = {}, .columns = {}, .captions = {"鐵 0.91", "", "", "x"}};
  const GrayImage grid = make_grid(images, 2, labels, font_);
  const auto [x, y] = corner(grid, 1);
  const auto ink_of = [&](int column, int row) {  // of what is below a cell, between the lines
    int count = 0;
    const int pitch = (grid.height - 2 * y + 1) / 2;
    for (int dy = 64; dy < pitch - 1; ++dy) {
      for (int dx = 0; dx < 64; ++dx) count += at(grid, x + column * 65 + dx, y + row * pitch + dy) < 200;
    }
    return count;
  };
  EXPECT_GT(ink_of(0, 0), 40);
  EXPECT_EQ(ink_of(1, 0), 0);
  EXPECT_EQ(ink_of(0, 1), 0);
  EXPECT_GT(ink_of(1, 1), 3);
}

TEST_F(LabelledGridTest, LabelsOfNothingAreLeftOut) {
  const std::vector<GrayImage> images(4, filled(64, 64, 9));
  const auto labelled = [&](const std::vector<std::string>& columns) {
    return make_grid(images, 2, {.title = "", .rows = {}, .columns = columns}, font_);
  };
  EXPECT_EQ(labelled({"1", "2", "a\nb c d e f g h"}).pixels, labelled({"1", "2"}).pixels);
}

TEST_F(LabelledGridTest, EqualInputGivesEqualPixels) {
  const std::vector<GrayImage> images(4, filled(64, 64, 9));
  const GridLabels labels{.title = "gold; 金", .rows = {"a", "b"}, .columns = {"1", "20"}};
  EXPECT_EQ(make_grid(images, 2, labels, font_).pixels, make_grid(images, 2, labels, font_).pixels);
}

TEST(GridTest, AGivenFontThatIsMissingIsNamed) {
  const testing::TemporaryFolder folder;
  const auto font = find_label_font(folder / "none.ttf");
  testing::expect_error<FileError>(
      [&] { make_grid({filled(8, 8, 0)}, 1, {.title = "x", .rows = {}, .columns = {}}, font); },
      {"none.ttf"});
}

}  // namespace
}  // namespace glyffuser

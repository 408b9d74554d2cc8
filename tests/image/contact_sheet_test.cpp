#include "glyffuser/image/contact_sheet.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

using Moments = std::vector<std::size_t>;

GrayImage pixel(int gray) {
  return {.width = 1, .height = 1, .pixels = {static_cast<std::uint8_t>(gray)}};
}

TEST(ContactSheetTest, MomentsAreSpreadFromFirstToLast) {
  EXPECT_EQ(spread_moments(120, 5), (Moments{0, 30, 60, 89, 119}));
  EXPECT_EQ(spread_moments(3, 8), (Moments{0, 1, 2}));
  EXPECT_EQ(spread_moments(9, 9), (Moments{0, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(spread_moments(50, 2), (Moments{0, 49}));
  EXPECT_EQ(spread_moments(50, 1), (Moments{49}));
  EXPECT_EQ(spread_moments(1, 6), (Moments{0}));
}

TEST(ContactSheetTest, MomentsAcrossAndPicturesDown) {
  ContactSheet sheet(5, 3);
  for (const int batch : {0, 1}) {
    for (int moment = 0; moment < 5; ++moment) {
      EXPECT_EQ(sheet.shows(static_cast<std::size_t>(moment)), moment % 2 == 0);
      sheet.add(static_cast<std::size_t>(moment), "t = " + std::to_string(4 - moment),
                {pixel(10 * batch + moment), pixel(100 + 10 * batch + moment)});
    }
  }
  const Grid grid = sheet.grid("gold", {"1", "2", "3", "4"});
  EXPECT_EQ(grid.columns, 3);
  EXPECT_EQ(grid.labels.title, "gold");
  EXPECT_EQ(grid.labels.columns, (std::vector<std::string>{"t = 4", "t = 2", "t = 0"}));
  EXPECT_EQ(grid.labels.rows.size(), 4U);
  std::vector<int> grays;
  for (const GrayImage& image : grid.images) grays.push_back(image.pixels.at(0));
  EXPECT_EQ(grays, (std::vector<int>{0, 2, 4, 100, 102, 104, 10, 12, 14, 110, 112, 114}));
}

TEST(ContactSheetTest, AMomentThatLacksPicturesIsRefused) {
  ContactSheet sheet(2, 2);
  EXPECT_THROW(sheet.grid(), std::invalid_argument);
  sheet.add(0, "", {pixel(1)});
  EXPECT_THROW(sheet.grid(), std::invalid_argument);
  sheet.add(1, "", {pixel(1)});
  EXPECT_EQ(sheet.grid().images.size(), 2U);
}

TEST(ContactSheetTest, AMomentIsNamedByItsFirstPictures) {
  ContactSheet sheet(1, 1);
  sheet.add(0, "first", {pixel(1)});
  sheet.add(0, "second", {pixel(1)});
  EXPECT_EQ(sheet.grid().labels.columns, std::vector<std::string>{"first"});
}

}  // namespace
}  // namespace glyffuser

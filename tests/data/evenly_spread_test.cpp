#include "glyffuser/data/evenly_spread.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(EvenlySpreadTest, ThePartIsLikeTheWhole) {
  const std::vector<int> seven = {0, 1, 2, 3, 4, 5, 6};
  EXPECT_EQ(evenly_spread(seven, 3), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(evenly_spread(seven, 1), std::vector<int>{0});
  EXPECT_EQ(evenly_spread(seven, 6), (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

TEST(EvenlySpreadTest, FewerThanThatAreAll) {
  const std::vector<int> two = {5, 6};
  for (const auto most :
       {std::optional<std::int64_t>(2), std::optional<std::int64_t>(9), std::optional<std::int64_t>()})
    EXPECT_EQ(evenly_spread(two, most), two);
  EXPECT_TRUE(evenly_spread(std::vector<int>(), 3).empty());
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/core/disjoint_sets.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(DisjointSetsTest, JoinsWholeSetsAndSaysWhetherTheyWereTwo) {
  DisjointSets sets(6);
  EXPECT_TRUE(sets.join(0, 1));
  EXPECT_TRUE(sets.join(2, 3));
  EXPECT_NE(sets.find(0), sets.find(2));
  EXPECT_TRUE(sets.join(1, 3));
  EXPECT_FALSE(sets.join(0, 2));
  for (const std::size_t member : {1, 2, 3}) EXPECT_EQ(sets.find(member), sets.find(0)) << member;
  EXPECT_EQ(sets.find(4), 4);
  EXPECT_EQ(sets.find(5), 5);
}

TEST(DisjointSetsTest, FindsTheEndOfALongChain) {
  constexpr std::size_t kCount = 1000;
  DisjointSets sets(kCount);
  for (std::size_t i = 0; i + 1 < kCount; ++i) sets.join(i, i + 1);
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(sets.find(i), sets.find(0)) << i;
}

}  // namespace
}  // namespace glyffuser

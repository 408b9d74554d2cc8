#include "glyffuser/data/sample_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace glyffuser {
namespace {

// The numbers come from a Python program after the text of sample_order.hpp and core/hash.hpp.
TEST(SampleOrderTest, PermutationsAreFixedForAllTime) {
  EXPECT_EQ(permutation(10, 1), (std::vector<std::int64_t>{6, 2, 7, 1, 0, 4, 9, 8, 3, 5}));
  EXPECT_EQ(permutation(10, 2), (std::vector<std::int64_t>{0, 3, 4, 5, 8, 1, 2, 7, 6, 9}));
  SampleOrder order({0, 1, 2, 3, 4, 5, 6}, 5);
  std::vector<std::int64_t> two_epochs;
  for (std::int64_t sample = 0; sample < 14; ++sample) two_epochs.push_back(order.glyph(sample));
  EXPECT_EQ(two_epochs, (std::vector<std::int64_t>{6, 1, 2, 5, 0, 4, 3, 0, 2, 6, 5, 4, 3, 1}));
  EXPECT_EQ(order.sample_seed(3), 4651943442723974813U);
}

TEST(SampleOrderTest, EveryPermutationIsAsLikely) {
  std::vector<int> places(5, 0);
  for (std::uint64_t seed = 0; seed < 5000; ++seed)
    ++places[static_cast<std::size_t>(permutation(5, seed)[2])];
  for (const int count : places) EXPECT_NEAR(count, 1000, 120);  // four standard deviations
}

TEST(SampleOrderTest, AnEpochShowsEveryGlyphOnce) {
  std::vector<std::int64_t> glyphs(1000);
  std::iota(glyphs.begin(), glyphs.end(), 500);
  SampleOrder order(glyphs, 0);
  std::vector<std::int64_t> shown;
  for (std::int64_t sample = 3000; sample < 4000; ++sample) shown.push_back(order.glyph(sample));
  EXPECT_NE(shown, glyphs);
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(shown, glyphs);
  EXPECT_EQ(order.epoch(2999), 2);
}

TEST(SampleOrderTest, NoGlyphsIsAnError) {
  EXPECT_THROW(SampleOrder({}, 0), std::invalid_argument);
}

}  // namespace
}  // namespace glyffuser

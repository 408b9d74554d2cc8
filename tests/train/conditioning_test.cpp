#include "glyffuser/train/conditioning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace glyffuser {

TEST(ConditioningTest, NobodyKeepsACaptionAndNoneIsLost) {
  const std::vector<std::vector<std::int64_t>> cases = {
      {0, 1}, {3, 3, 5, 5}, {0, 1, 2, 3, 4, 5, 6}, {7, 7, 7, 1, 2, 3}, {4, 1, 4, 2, 4, 3, 4, 9, 9, 9}};
  for (const auto& captions : cases) {
    auto others = deranged(captions);
    ASSERT_EQ(others.size(), captions.size());
    for (std::size_t i = 0; i < captions.size(); ++i) EXPECT_NE(others[i], captions[i]);
    EXPECT_EQ(others, deranged(captions));
    auto sorted = captions;
    std::sort(sorted.begin(), sorted.end());
    std::sort(others.begin(), others.end());
    EXPECT_EQ(others, sorted);
  }
}

TEST(ConditioningTest, WithoutEnoughOtherCaptionsThereIsNoSuchOrder) {
  EXPECT_TRUE(deranged({}).empty());
  EXPECT_TRUE(deranged({1}).empty());
  EXPECT_TRUE(deranged({1, 1, 1, 2, 3}).empty());
}

TEST(ConditioningTest, TheGainIsTheMeanDifferenceWithItsStandardError) {
  // Differences 1, 2, 3, 6: mean 3, sample variance 14/3.
  const PairedGain gain = paired_gain({1, 1, 1, 1}, {2, 3, 4, 7});
  EXPECT_DOUBLE_EQ(gain.mean, 3);
  EXPECT_DOUBLE_EQ(gain.standard_error, std::sqrt(14.0 / 3.0 / 4.0));
  EXPECT_EQ(paired_gain({5}, {4}).mean, -1);
  EXPECT_EQ(paired_gain({5}, {4}).standard_error, 0);
  EXPECT_THROW(paired_gain({1, 2}, {1}), std::invalid_argument);
  EXPECT_THROW(paired_gain({}, {}), std::invalid_argument);
}

TEST(ConditioningTest, WarnsOnceAfterThreeUselessValidationsInARow) {
  const PairedGain useless{.mean = 0.0019, .standard_error = 0.001},
      useful{.mean = 0.0021, .standard_error = 0.001};
  ConditioningWatch watch;
  EXPECT_FALSE(watch.warns(useless, 200'000));
  EXPECT_FALSE(watch.warns(useless, 200'000));
  EXPECT_FALSE(watch.warns(useful, 200'000));
  EXPECT_FALSE(watch.warns(useless, 200'000));
  EXPECT_FALSE(watch.warns(useless, 200'000));
  EXPECT_TRUE(watch.warns(useless, 200'000));
  EXPECT_FALSE(watch.warns(useless, 200'000));
}

TEST(ConditioningTest, NoWarningBeforeAnythingCanBeLearned) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ConditioningWatch watch;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(watch.warns({.mean = 0, .standard_error = 1}, 99'999));
  EXPECT_TRUE(watch.warns({.mean = nan, .standard_error = nan}, 100'000));
}

}  // namespace glyffuser

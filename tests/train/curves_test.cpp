#include "glyffuser/train/curves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace glyffuser {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(CurvesTest, AConstantStaysAndHolesAreBridged) {
  const auto curve = smoothed({kNaN, 2, 2, kNaN, 2});
  EXPECT_TRUE(std::isnan(curve[0]));
  for (std::size_t i = 1; i < curve.size(); ++i) EXPECT_EQ(curve[i], 2);
  EXPECT_TRUE(smoothed({}).empty());
  EXPECT_EQ(smoothed({0, 1})[1], 1 - std::exp2(-4));  // a half-life is a quarter of a value at least
}

TEST(CurvesTest, NoiseShrinksAndTheHalfLifeIsAFortieth) {
  std::vector<double> values(4000, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1 : -1;
  EXPECT_LT(std::abs(smoothed(values).back()), 0.01);
  // A step down after 4000 values: half of it is left after 100 more.
  std::fill(values.begin(), values.end(), 1.0);
  values.insert(values.end(), 100, 0.0);
  EXPECT_NEAR(smoothed(values).back(), 0.5, 0.02);
}

TEST(CurvesTest, LaterValuesDoNotChangeEarlierOnes) {
  const std::vector<double> values = {5, 3, 2, 4, 1, 6};
  const auto whole = smoothed(values);
  const auto part = smoothed({values.begin(), values.begin() + 4});
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
}

TEST(CurvesTest, ShortCurvesAreKeptWhole) {
  EXPECT_EQ(thinned({{1, 2, 3}}, 3), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_TRUE(thinned({{}}, 10).empty());
  EXPECT_TRUE(thinned({}, 10).empty());
}

TEST(CurvesTest, ExtremesOfEveryCurveSurvive) {
  std::vector<double> first(10'000), second(10'000, kNaN);
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = std::sin(static_cast<double>(i) * 0.01);
  first[4321] = 50;
  first[8765] = -50;
  second[777] = 1;
  const auto kept = thinned({first, second}, 1000);
  EXPECT_LE(kept.size(), 1002U);
  EXPECT_GT(kept.size(), 300U);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(std::adjacent_find(kept.begin(), kept.end()), kept.end());
  for (const std::size_t index :
       {std::size_t{0}, std::size_t{777}, std::size_t{4321}, std::size_t{8765}, first.size() - 1})
    EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), index)) << index;
}

TEST(CurvesTest, TheLimitIsOneForAllCurvesTogether) {
  std::vector<double> first(10'000), second(10'000);
  for (std::size_t i = 0; i < first.size(); ++i) {
    first[i] = std::sin(static_cast<double>(i));
    second[i] = std::cos(static_cast<double>(i) * std::sqrt(2.0));
  }
  EXPECT_LE(thinned({first, second}, 1000).size(), 1002U);
}

TEST(CurvesTest, TheEndsOfALevelCurveAreKept) {
  const auto kept = thinned({std::vector<double>(100, 1.0)}, 10);
  EXPECT_EQ(kept.front(), 0U);
  EXPECT_EQ(kept.back(), 99U);
}

}  // namespace
}  // namespace glyffuser

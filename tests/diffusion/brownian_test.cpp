#include "glyffuser/diffusion/brownian.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

namespace glyffuser {
namespace {

const std::vector<std::int64_t> kShape = {1, 8, 8};

/// Times over all magnitudes that sigmas have, some of them neighbours.
std::vector<float> times() {
  std::vector<float> list{0.0F, 0.01F, 1.0F, 157.4F, std::nextafter(157.4F, 0.0F), 4096.0F, 20291.0F};
  for (float time = 0.013F; time < 20000; time *= 1.7F) list.push_back(time);
  return list;
}

TEST(BrownianTest, APathIsAFunctionOfSeedAndTime) {
  std::vector<float> list = times();
  std::vector<torch::Tensor> expected;
  for (const float time : list) expected.push_back(BrownianPaths({7}, kShape).at(time)[0]);
  // In any order, asked twice, and whichever other images share the batch.
  BrownianPaths paths({3, 7, 9}, kShape);
  std::vector<std::size_t> order(list.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t i : order) ASSERT_TRUE(torch::equal(paths.at(list[i])[1], expected[i])) << list[i];
  }
  EXPECT_FALSE(torch::equal(paths.at(1.0F)[0], paths.at(1.0F)[1]));
}

TEST(BrownianTest, IncrementsAddUp) {
  BrownianPaths paths({1, 2}, kShape);
  const auto between = [&](float a, float b) { return paths.at(b) - paths.at(a); };
  EXPECT_TRUE(torch::equal(paths.at(0), torch::zeros({2, 1, 8, 8})));
  EXPECT_TRUE(
      torch::allclose(between(0.02F, 90.0F), between(0.02F, 3.0F) + between(3.0F, 90.0F), 1e-6, 1e-5));
}

/// Increments of 512 paths of 64 elements: 32768 numbers, whose mean square is within 3 % of the variance but
/// for one in ten thousand.
TEST(BrownianTest, IncrementsHaveTheirLaw) {
  std::vector<std::uint64_t> seeds(512);
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = i;
  BrownianPaths paths(seeds, kShape);
  const std::vector<float> marks{0, 0.01F, 0.0101F, 0.02F, 1, 1.001F, 5, 80, 157, 157.1F, 4096, 20000};
  torch::Tensor before;
  for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
    const torch::Tensor step = (paths.at(marks[i + 1]) - paths.at(marks[i])) /
                               std::sqrt(static_cast<double>(marks[i + 1]) - marks[i]);
    EXPECT_NEAR(step.square().mean().item<double>(), 1, 0.03) << marks[i];
    EXPECT_NEAR(step.mean().item<double>(), 0, 0.022) << marks[i];
    EXPECT_NEAR(step.pow(4).mean().item<double>(), 3, 0.3) << marks[i];
    if (before.defined()) {
      EXPECT_NEAR((step * before).mean().item<double>(), 0, 0.022) << marks[i];
    }
    before = step;
  }
}

TEST(BrownianTest, TimesOutsideAreRefused) {
  BrownianPaths paths({1}, kShape);
  EXPECT_NO_THROW(paths.at(0x1p127F));
  for (const float wrong : {-1.0F, 3e38F, std::nanf("")})
    EXPECT_THROW(paths.at(wrong), std::invalid_argument);
}

}  // namespace
}  // namespace glyffuser

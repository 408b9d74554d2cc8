#include "glyffuser/train/divergence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace glyffuser {
namespace {

constexpr double kFactor = 100;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

DivergenceState after(int steps, double loss = 0.1) {
  DivergenceState state;
  for (int i = 0; i < steps; ++i) judge_step(state, loss, 1, kFactor);
  return state;
}

TEST(DivergenceTest, WhatIsNotFiniteIsBadFromTheFirstStep) {
  DivergenceState state;
  EXPECT_EQ(judge_step(state, std::nan(""), 1, 0), "loss nan is not finite");
  EXPECT_EQ(judge_step(state, 1, kInfinity, 0), "gradient norm inf is not finite");
  EXPECT_EQ(state.bad_in_a_row, 2);
  EXPECT_EQ(judge_step(state, 1, 1, kFactor), "");
  EXPECT_EQ(state.bad_in_a_row, 0);
  EXPECT_EQ(state.good_steps, 1);
}

TEST(DivergenceTest, FarAboveTheUsualIsBad) {
  const DivergenceState usual = after(100);
  const auto judged = [&](double loss, double norm, double factor = kFactor) {
    DivergenceState state = usual;
    return judge_step(state, loss, norm, factor);
  };
  EXPECT_EQ(judged(9.9, 1), "");
  EXPECT_EQ(judged(11, 1), "loss 11 is far above the usual 0.1");
  EXPECT_EQ(judged(0.1, 99), "");
  EXPECT_NE(judged(0.1, 101), "");
  EXPECT_EQ(judged(1e30, 1e30, 0), "");  // off
}

TEST(DivergenceTest, EarlyOnOnlyTheEnormousIsBad) {
  DivergenceState state = after(2, 1.0);
  EXPECT_EQ(judge_step(state, 1e5, 1, kFactor), "");
  state = after(2, 1.0);
  EXPECT_NE(judge_step(state, 1e12, 1, kFactor), "");
}

TEST(DivergenceTest, BadStepsLeaveTheUsualAsItIs) {
  DivergenceState state = after(100);
  const double mean = state.loss.mean;
  for (int i = 0; i < 50; ++i) EXPECT_NE(judge_step(state, 1e4, 1, kFactor), "");
  EXPECT_EQ(state.loss.mean, mean);
  EXPECT_EQ(state.bad_in_a_row, 50);
}

TEST(DivergenceTest, ALossThatDoublesEveryStepIsCaught) {
  DivergenceState state = after(300);
  int step = 0;
  double loss = 0.1;
  while (judge_step(state, loss, 1, kFactor).empty() && step < 100) loss *= 2, ++step;
  EXPECT_LT(step, 20);
}

// Losses of single samples as training has them: log-normal over three orders of magnitude, rare ones at two
// hundred times the usual, and a mean that falls a thousandfold.
TEST(DivergenceTest, AHeavyTailIsNoDivergence) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  DivergenceState state;
  int bad = 0;
  for (int step = 0; step < 200'000; ++step) {
    const double level = 1e-3 + std::exp(-step / 100.0);
    const double loss = level * std::exp(1.5 * normal(random)) * (random() % 1000 == 0 ? 200 : 1);
    bad += !judge_step(state, loss, std::sqrt(loss), kFactor).empty();
  }
  EXPECT_LE(bad, 20);  // one in ten thousand; a stretch of them is what ends a run
  EXPECT_LE(state.bad_in_a_row, 1);
}

// A device that compares with the limits must come to the judgement that judge_step gives.
TEST(DivergenceTest, LimitsAreThoseOfTheJudgement) {
  const float infinite = std::numeric_limits<float>::infinity();
  for (const int good : {0, 3, 200}) {
    for (const double factor : {0.0, kFactor}) {
      const DivergenceState state = after(good);
      const StepLimits limits = step_limits(state, factor);
      EXPECT_TRUE(std::isfinite(limits.loss) && std::isfinite(limits.grad_norm));
      const auto good_at = [&](float loss, float norm) {
        DivergenceState copy = state;
        return judge_step(copy, loss, norm, factor).empty();
      };
      EXPECT_TRUE(good_at(limits.loss, limits.grad_norm)) << good << " " << factor;
      EXPECT_FALSE(good_at(std::nextafter(limits.loss, infinite), 0)) << good << " " << factor;
      EXPECT_FALSE(good_at(0, std::nextafter(limits.grad_norm, infinite))) << good << " " << factor;
    }
  }
}

TEST(DivergenceTest, TheUsualIsTrustedAfterFiftySteps) {
  DivergenceState early = after(49), settled = after(50);
  EXPECT_EQ(judge_step(early, 11, 1, kFactor), "");
  EXPECT_NE(judge_step(settled, 11, 1, kFactor), "");
}

TEST(DivergenceTest, TheUsualLooksBackTwoHundredSteps) {
  DivergenceState state = after(400, 1);
  for (int i = 0; i < 200; ++i) judge_step(state, std::exp(1.0), 1, kFactor);
  EXPECT_NEAR(state.loss.mean, 1 - std::pow(1 - 1.0 / 200, 200), 1e-9);
}

}  // namespace
}  // namespace glyffuser

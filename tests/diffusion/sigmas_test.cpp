#include "glyffuser/diffusion/sigmas.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/diffusion/anchors.hpp"

namespace glyffuser {
namespace {

using testing::diffusers_config;

TEST(SigmasTest, TimestepsLeadToSigmasAndBack) {
  for (const char* schedule : {"linear", "scaled_linear", "squaredcos_cap_v2"}) {
    SchedulerConfig config = diffusers_config();
    config.beta_schedule = schedule;
    const SigmaTable table{NoiseSchedule(config)};
    EXPECT_EQ(table.at(0), table.smallest());
    EXPECT_EQ(table.at(999), table.largest());
    for (const double t : {0.0, 1.0, 12.0, 500.0, 998.0, 999.0})
      EXPECT_NEAR(table.timestep(table.at(t)), t, 1e-3) << schedule;
    for (double t = 0.25; t < 999; t += 0.75) ASSERT_NEAR(table.timestep(table.at(t)), t, 0.4) << schedule;
    EXPECT_EQ(table.timestep(table.largest() * 2), 999);
    EXPECT_EQ(table.timestep(table.smallest() / 2), 0);
  }
}

TEST(SigmasTest, TheFirstSigmaOfTheLinearSchedule) {
  const SigmaTable table{NoiseSchedule(diffusers_config())};
  EXPECT_NEAR(table.smallest(), 0.01000133, 1e-7);
  EXPECT_NEAR(table.at(0.5), (table.at(0) + table.at(1)) / 2, 1e-9);
}

TEST(SigmasTest, ZeroTerminalSnrEndsAtAFiniteSigmaAndStillRises) {
  SchedulerConfig config = diffusers_config("v_prediction");
  config.rescale_betas_zero_snr = true;
  const SigmaTable table{NoiseSchedule(config)};
  EXPECT_NEAR(table.largest(), 4096, 0.1);  // sqrt(2^24 - 1)
  for (int t = 0; t < 999; ++t) ASSERT_LT(table.at(t), table.at(t + 1)) << t;
}

TEST(SigmasTest, ASingleTimestep) {
  SchedulerConfig config = diffusers_config();
  config.num_train_timesteps = 1;
  const SigmaTable table{NoiseSchedule(config)};
  EXPECT_EQ(table.at(0), table.smallest());
  EXPECT_EQ(table.timestep(1), 0);
}

TEST(SigmasTest, SpacingsKeepTheirEnds) {
  for (const auto spaced : {karras_sigmas, lu_sigmas}) {
    const double relative = spaced == lu_sigmas ? 2e-7 : 1e-12;  // of a logarithm in float32
    for (const std::int64_t steps : {1, 2, 3, 10, 1000}) {
      const auto sigmas = spaced(80.0, 0.01, steps);
      ASSERT_EQ(sigmas.size(), static_cast<std::size_t>(steps));
      EXPECT_NEAR(sigmas.front() / 80, 1, relative);
      if (steps > 1) {
        EXPECT_NEAR(sigmas.back() / 0.01, 1, relative);
      }
      EXPECT_TRUE(std::is_sorted(sigmas.rbegin(), sigmas.rend()));
    }
  }
  // The last share of the way is 1, whatever rounding made of it; diffusers takes logarithms in float32.
  const auto last_of = [](double first, double last) { return first + (last - first); };
  const double root = last_of(std::pow(80.0, 1.0 / 7), std::pow(0.01, 1.0 / 7));
  const double log = last_of(std::log(80.0F), std::log(0.01F));
  for (std::int64_t steps = 2; steps <= 100; ++steps) {
    ASSERT_EQ(karras_sigmas(80.0, 0.01, steps).back(), std::pow(root, 7.0)) << steps;
    ASSERT_EQ(lu_sigmas(80.0, 0.01F, steps).back(), std::exp(log)) << steps;
  }
  EXPECT_NEAR(lu_sigmas(80.0, 0.2, 3)[1], 4, 1e-6);
  // Half-way in sigma^(1/7), from the paper's formula by hand.
  EXPECT_NEAR(karras_sigmas(128.0, 1.0, 3)[1], std::pow(1.5, 7), 1e-10);
}

}  // namespace
}  // namespace glyffuser

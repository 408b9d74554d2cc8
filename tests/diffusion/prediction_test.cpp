#include "glyffuser/diffusion/prediction.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/error.hpp"

namespace glyffuser {
namespace {

TEST(PredictionTest, EveryTypeLeadsBackToImageAndNoise) {
  const NoiseSchedule schedule{SchedulerConfig{}};
  const torch::Tensor timesteps = torch::tensor({0, 300, 900}, torch::kInt64);
  const torch::Tensor original = torch::linspace(-1, 1, 48).reshape({3, 1, 4, 4});
  const torch::Tensor noise = torch::linspace(2, -3, 48).reshape({3, 1, 4, 4});
  const torch::Tensor noisy = schedule.add_noise(original, noise, timesteps);
  const Rates rates = schedule.rates(timesteps, original);
  const std::pair<PredictionType, torch::Tensor> outputs[] = {
      {PredictionType::epsilon, noise},
      {PredictionType::v_prediction, schedule.velocity(original, noise, timesteps)},
      {PredictionType::sample, original}};
  for (const auto& [type, output] : outputs) {
    EXPECT_TRUE(torch::allclose(predicted_original(type, output, noisy, rates), original, 1e-4, 1e-5));
    EXPECT_TRUE(torch::allclose(predicted_epsilon(type, output, noisy, rates), noise, 1e-3, 1e-4));
  }
}

TEST(PredictionTest, UnknownTypeIsAnError) {
  EXPECT_EQ(parse_prediction_type("v_prediction"), PredictionType::v_prediction);
  EXPECT_THROW(parse_prediction_type("flow"), ConfigError);
}

TEST(PredictionTest, ClampsToTheRange) {
  SchedulerConfig config;
  config.clip_sample_range = 0.5;
  const torch::Tensor wide = torch::tensor({-3.0F, 0.25F, 3.0F}).reshape({1, 1, 1, 3});
  EXPECT_TRUE(torch::equal(clip_original(wide, config).flatten(), torch::tensor({-0.5F, 0.25F, 0.5F})));
  config.clip_sample = false;
  EXPECT_FALSE(clips(config));
  EXPECT_TRUE(torch::equal(clip_original(wide, config), wide));
}

TEST(PredictionTest, DynamicThresholdIsEachImagesOwn) {
  SchedulerConfig config;
  config.thresholding = true;
  config.dynamic_thresholding_ratio = 1.0;
  config.sample_max_value = 4.0;
  // The thresholds are 2, 1 (never less) and 4 (never more).
  const torch::Tensor wide = torch::tensor({1.0F, -2.0F, 0.25F, -0.5F, 2.0F, 8.0F}).reshape({3, 1, 1, 2});
  EXPECT_TRUE(torch::equal(clip_original(wide, config).flatten(),
                           torch::tensor({0.5F, -1.0F, 0.25F, -0.5F, 0.5F, 1.0F})));
  EXPECT_TRUE(torch::equal(clip_original(wide.to(torch::kHalf), config),
                           clip_original(wide, config).to(torch::kHalf)));
  config.clip_sample = false;
  EXPECT_TRUE(clips(config));
}

}  // namespace
}  // namespace glyffuser

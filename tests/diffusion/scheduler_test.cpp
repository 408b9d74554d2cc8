#include "glyffuser/diffusion/scheduler.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/error.hpp"
#include "glyffuser/diffusion/ddim.hpp"
#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {
namespace {

TEST(SchedulerTest, RefusesTimestepsOutsideTheTrainingRange) {
  SchedulerConfig config;
  config.num_train_timesteps = 50;
  EXPECT_THROW(DdimScheduler(config, {50, 0}), ConfigError);
  EXPECT_THROW(DdimScheduler(config, {}), ConfigError);
  const DdimScheduler scheduler(config, {49, 20});
  EXPECT_EQ(scheduler.schedule().num_train_timesteps(), 50);
  EXPECT_EQ(scheduler.previous_timestep(0), 20);
  EXPECT_EQ(scheduler.previous_timestep(1), -1);
}

TEST(SchedulerTest, ImageNoiseComesFromEveryImagesOwnGenerator) {
  ImageGenerators generators({3, 4});
  ImageGenerators same({3, 4});
  const NoiseSource noise = image_noise(generators);
  const torch::Tensor sample = torch::zeros({2, 1, 5, 5}, torch::kFloat64);
  for (int step = 0; step < 2; ++step) {
    const torch::Tensor drawn = noise(sample);
    EXPECT_EQ(drawn.scalar_type(), torch::kFloat64);
    EXPECT_TRUE(torch::equal(drawn, same.normal({1, 5, 5}).to(torch::kFloat64)));
  }
}

TEST(SchedulerTest, AddsTheNoiseOfAnEvaluationsTimestep) {
  const DdimScheduler scheduler(SchedulerConfig{}, {999, 500, 20});
  const torch::Tensor original = torch::linspace(-1, 1, 32).reshape({2, 1, 4, 4});
  const torch::Tensor noise = torch::linspace(2, -1, 32).reshape({2, 1, 4, 4});
  const torch::Tensor expected =
      scheduler.schedule().add_noise(original, noise, torch::full({2}, 500, torch::kInt64));
  EXPECT_TRUE(torch::equal(scheduler.add_noise(original, noise, 1), expected));
  EXPECT_EQ(scheduler.init_noise_sigma(), 1.0);
  EXPECT_TRUE(torch::equal(scheduler.scale_model_input(original, 1), original));
}

TEST(SchedulerTest, StrengthIsTheShareOfTheStepsThatAreLeft) {
  const DdimScheduler scheduler(SchedulerConfig{}, spaced_timesteps("trailing", 1000, 10));
  EXPECT_EQ(scheduler.first_evaluation(1.0), 0U);
  EXPECT_EQ(scheduler.first_evaluation(0.6), 4U);
  EXPECT_EQ(scheduler.first_evaluation(0.65), 4U);
  EXPECT_EQ(scheduler.first_evaluation(0.0), 9U);
  EXPECT_EQ(scheduler.first_evaluation(-0.5), 9U);
  EXPECT_EQ(scheduler.first_evaluation(1.5), 0U);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/diffusion/scheduler.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/error.hpp"
#include "glyffuser/diffusion/ddim.hpp"

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

}  // namespace
}  // namespace glyffuser

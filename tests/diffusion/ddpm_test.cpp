#include "glyffuser/diffusion/ddpm.hpp"

#include "glyffuser/diffusion/timesteps.hpp"
#include "tests/diffusion/anchors.hpp"

namespace glyffuser {
namespace {

using testing::diffusers_config;
using testing::dummy_sample;
using testing::expect_sum_and_mean;
using testing::mean_of;
using testing::run_dummy;

DdpmScheduler all_timesteps(const SchedulerConfig& config) {
  return {config, spaced_timesteps("trailing", 1000, 1000)};
}

// Numbers of diffusers' tests/schedulers/test_scheduler_ddpm.py.

TEST(DdpmTest, ThousandStepsOfEpsilon) {
  DdpmScheduler scheduler = all_timesteps(diffusers_config());
  expect_sum_and_mean(run_dummy(scheduler, dummy_sample()), 258.9606, 0.3372);
}

TEST(DdpmTest, ThousandStepsOfVelocity) {
  DdpmScheduler scheduler = all_timesteps(diffusers_config("v_prediction"));
  expect_sum_and_mean(run_dummy(scheduler, dummy_sample()), 202.0296, 0.2631);
}

TEST(DdpmTest, LastTwoStepsOfANoisedImage) {
  DdpmScheduler scheduler = all_timesteps(diffusers_config());
  const torch::Tensor noisy = scheduler.schedule().add_noise(dummy_sample(), testing::dummy_noise(),
                                                             torch::tensor({1}, torch::kInt64));
  expect_sum_and_mean(run_dummy(scheduler, noisy, 998), 387.9466, 0.5051);
}

TEST(DdpmTest, VarianceOfTheFullChain) {
  const DdpmScheduler scheduler = all_timesteps(diffusers_config());
  EXPECT_NEAR(scheduler.variance(999 - 0), 0.0, 1e-5);
  EXPECT_NEAR(scheduler.variance(999 - 487), 0.00979, 1e-5);
  EXPECT_NEAR(scheduler.variance(999 - 999), 0.02, 1e-5);
}

// Further numbers, from an independent float32 implementation in NumPy.

TEST(DdpmTest, ThousandStepsWithoutNoise) {
  DdpmScheduler scheduler = all_timesteps(diffusers_config());
  torch::Tensor sample = dummy_sample();
  const NoiseSource none = [](const torch::Tensor& like) { return torch::zeros_like(like); };
  for (std::size_t index = 0; index < 1000; ++index) {
    const torch::Tensor output = testing::dummy_model(sample, scheduler.timesteps()[index]);
    sample = scheduler.step(output, index, sample, none).prev_sample;
  }
  EXPECT_NEAR(testing::sum_of(sample), 0.6609, 1e-3);
  EXPECT_NEAR(mean_of(sample), 0.000861, 1e-6);
}

TEST(DdpmTest, TenRespacedSteps) {
  DdpmScheduler scheduler(diffusers_config(), spaced_timesteps("leading", 1000, 10));
  EXPECT_NEAR(mean_of(run_dummy(scheduler, dummy_sample())), 0.305793, 2e-6);
}

TEST(DdpmTest, ThePreviousTimestepComesFromTheList) {
  const DdpmScheduler scheduler(diffusers_config(), {100, 87, 50, 1, 0});
  EXPECT_EQ(scheduler.previous_timestep(0), 87);
  EXPECT_EQ(scheduler.previous_timestep(3), 0);
  EXPECT_EQ(scheduler.previous_timestep(4), -1);
}

TEST(DdpmTest, TheLastStepAddsNoNoiseWhateverItsTimestep) {
  SchedulerConfig config = diffusers_config();
  config.variance_type = "fixed_large";
  DdpmScheduler scheduler(config, spaced_timesteps("trailing", 1000, 10));
  EXPECT_GT(scheduler.variance(8), 0.0);
  EXPECT_EQ(scheduler.variance(9), 0.0);
  const NoiseSource unexpected = [](const torch::Tensor& like) {
    ADD_FAILURE() << "noise was asked for";
    return like;
  };
  scheduler.step(dummy_sample(), 9, dummy_sample(), unexpected);
}

TEST(DdpmTest, EndsAtTheImageWhateverDdimWould) {
  SchedulerConfig config = diffusers_config();
  config.beta_start = 0.01;
  const auto run = [&](bool set_alpha_to_one) {
    config.set_alpha_to_one = set_alpha_to_one;
    DdpmScheduler scheduler(config, spaced_timesteps("leading", 1000, 10));
    return run_dummy(scheduler, dummy_sample());
  };
  EXPECT_TRUE(torch::equal(run(false), run(true)));
}

TEST(DdpmTest, KeepsTheDtypeOfTheSample) {
  DdpmScheduler scheduler(diffusers_config("sample"), {999, 499});
  const NoiseSource none = [](const torch::Tensor& like) { return torch::zeros_like(like); };
  const StepResult result = scheduler.step(dummy_sample().to(torch::kBFloat16), 0, dummy_sample(), none);
  EXPECT_EQ(result.prev_sample.scalar_type(), torch::kFloat32);
  EXPECT_EQ(result.pred_original_sample.scalar_type(), torch::kFloat32);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/diffusion/ddim.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/diffusion/timesteps.hpp"
#include "tests/diffusion/anchors.hpp"

namespace glyffuser {
namespace {

using testing::diffusers_config;
using testing::dummy_sample;
using testing::expect_sum_and_mean;
using testing::mean_of;
using testing::run_dummy;

/// As diffusers computes it: epsilon is not derived again after clipping.
constexpr DdimOptions kUpstream{.eta = 0.0, .use_clipped_model_output = false};

torch::Tensor sampled(SchedulerConfig config, const std::string& spacing, std::int64_t steps,
                      DdimOptions options = kUpstream) {
  DdimScheduler scheduler(config, spaced_timesteps(spacing, 1000, steps), options);
  return run_dummy(scheduler, dummy_sample());
}

SchedulerConfig starting_at_one_percent(bool set_alpha_to_one) {
  SchedulerConfig config = diffusers_config();
  config.beta_start = 0.01;
  config.set_alpha_to_one = set_alpha_to_one;
  return config;
}

// Numbers of diffusers' tests/schedulers/test_scheduler_ddim.py.

TEST(DdimTest, TenStepsOfEpsilon) {
  expect_sum_and_mean(sampled(diffusers_config(), "leading", 10), 172.0067, 0.223967);
}

TEST(DdimTest, TenStepsOfVelocity) {
  expect_sum_and_mean(sampled(diffusers_config("v_prediction"), "leading", 10), 52.5302, 0.0684);
}

TEST(DdimTest, EndsAtOneOrAtTheFirstAlpha) {
  expect_sum_and_mean(sampled(starting_at_one_percent(true), "leading", 10), 149.8295, 0.1951);
  expect_sum_and_mean(sampled(starting_at_one_percent(false), "leading", 10), 149.0784, 0.1941);
}

TEST(DdimTest, LastTwoStepsOfANoisedImage) {
  DdimScheduler scheduler(diffusers_config(), spaced_timesteps("leading", 1000, 10), kUpstream);
  const torch::Tensor noisy = scheduler.schedule().add_noise(dummy_sample(), testing::dummy_noise(),
                                                             torch::tensor({100}, torch::kInt64));
  expect_sum_and_mean(run_dummy(scheduler, noisy, 8), 354.5418, 0.4616);
}

// Further numbers, from an independent float32 implementation in NumPy that takes the previous time step from
// the list.

TEST(DdimTest, EverySpacingTakesThePreviousTimestepFromTheList) {
  const SchedulerConfig epsilon = diffusers_config();
  const SchedulerConfig velocity = diffusers_config("v_prediction");
  EXPECT_NEAR(mean_of(sampled(epsilon, "trailing", 10)), 0.221400, 2e-6);
  EXPECT_NEAR(mean_of(sampled(velocity, "trailing", 10)), 0.066505, 2e-6);
  EXPECT_NEAR(mean_of(sampled(epsilon, "linspace", 10)), 0.220657, 2e-6);
  EXPECT_NEAR(mean_of(sampled(velocity, "linspace", 10)), 0.063416, 2e-6);
  EXPECT_NEAR(mean_of(sampled(epsilon, "trailing", 7)), 0.206834, 2e-6);
  EXPECT_NEAR(mean_of(sampled(epsilon, "linspace", 7)), 0.201923, 2e-6);
}

TEST(DdimTest, ZeroTerminalSnr) {
  SchedulerConfig config = diffusers_config("v_prediction");
  config.rescale_betas_zero_snr = true;
  EXPECT_NEAR(mean_of(sampled(config, "trailing", 10)), 0.065830, 2e-6);
  const torch::Tensor stochastic = sampled(config, "trailing", 10, {.eta = 1.0});
  EXPECT_TRUE(stochastic.isfinite().all().item<bool>());
}

TEST(DdimTest, CosineSchedule) {
  SchedulerConfig config = diffusers_config();
  config.beta_schedule = "squaredcos_cap_v2";
  EXPECT_NEAR(mean_of(sampled(config, "leading", 10)), 0.236156, 2e-6);
  config.prediction_type = "v_prediction";
  EXPECT_NEAR(mean_of(sampled(config, "leading", 10)), 0.095601, 2e-6);
}

TEST(DdimTest, EtaAddsNoise) {
  const DdimOptions options{.eta = 1.0, .use_clipped_model_output = false};
  EXPECT_NEAR(mean_of(sampled(diffusers_config(), "leading", 10, options)), 0.305768, 2e-6);
  for (double wrong : {-0.1, 1.5, std::nan("")}) {
    EXPECT_THROW(DdimScheduler(diffusers_config(), {1, 0}, {.eta = wrong}), ConfigError);
  }
}

TEST(DdimTest, ClippingAndEpsilonDerivedAgain) {
  const auto mean = [](bool clip, bool again) {
    SchedulerConfig config = diffusers_config();
    config.clip_sample = clip;
    DdimScheduler scheduler(config, spaced_timesteps("leading", 1000, 10),
                            {.eta = 0.0, .use_clipped_model_output = again});
    return mean_of(run_dummy(scheduler, 10 * dummy_sample(), 0, 0.9));
  };
  EXPECT_NEAR(mean(true, false), 0.915675, 2e-6);
  EXPECT_NEAR(mean(false, false), 4.282662, 2e-5);
  EXPECT_NEAR(mean(false, true), 4.282662, 2e-5);
  EXPECT_NEAR(mean(true, true), 0.929522, 2e-6);
}

TEST(DdimTest, KeepsTheDtypeOfTheSample) {
  DdimScheduler scheduler(SchedulerConfig{}, {999, 499});
  const NoiseSource none = [](const torch::Tensor& like) { return torch::zeros_like(like); };
  const StepResult result = scheduler.step(dummy_sample().to(torch::kBFloat16), 0, dummy_sample(), none);
  EXPECT_EQ(result.prev_sample.scalar_type(), torch::kFloat32);
  EXPECT_EQ(result.pred_original_sample.scalar_type(), torch::kFloat32);
}

}  // namespace
}  // namespace glyffuser

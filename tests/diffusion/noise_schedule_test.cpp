#include "glyffuser/diffusion/noise_schedule.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glyffuser/core/error.hpp"
#include "tests/diffusion/anchors.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;
using testing::diffusers_config;

SchedulerConfig config_of(const json& keys) {
  SchedulerConfig config = diffusers_config("sample");
  config.num_train_timesteps = keys["num_train_timesteps"];
  config.beta_schedule = keys.value("beta_schedule", "linear");
  config.beta_start = keys.value("beta_start", 0.0001);
  config.beta_end = keys.value("beta_end", 0.02);
  config.rescale_betas_zero_snr = keys.value("rescale_betas_zero_snr", false);
  config.trained_betas = keys.value("trained_betas", std::vector<double>{});
  return config;
}

TEST(NoiseScheduleTest, TablesEqualDiffusers) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/diffusion/tables.json");
  for (const json& expected : json::parse(file)["tables"]) {
    SCOPED_TRACE(expected["config"].dump());
    const NoiseSchedule schedule(config_of(expected["config"]));
    for (std::size_t i = 0; i < expected["at"].size(); ++i) {
      const std::int64_t t = expected["at"][i];
      EXPECT_FLOAT_EQ(schedule.betas()[t].item<float>(), expected["betas"][i].get<float>()) << t;
      EXPECT_FLOAT_EQ(schedule.alphas_cumprod()[t].item<float>(), expected["alphas_cumprod"][i].get<float>())
          << t;
    }
    EXPECT_NEAR(schedule.betas().to(torch::kFloat64).sum().item<double>(), expected["sums"][0], 1e-6);
    EXPECT_NEAR(schedule.alphas_cumprod().to(torch::kFloat64).sum().item<double>(), expected["sums"][1],
                1e-5);
  }
}

TEST(NoiseScheduleTest, VarianceBetweenTwoTimesteps) {
  // diffusers' tests/schedulers/test_scheduler_ddim.py, test_variance.
  const NoiseSchedule schedule(diffusers_config());
  EXPECT_NEAR(schedule.posterior_variance(0, 0), 0.0, 1e-5);
  EXPECT_NEAR(schedule.posterior_variance(420, 400), 0.14771, 1e-5);
  EXPECT_NEAR(schedule.posterior_variance(980, 960), 0.32460, 1e-5);
  EXPECT_NEAR(schedule.posterior_variance(487, 486), 0.00979, 1e-5);
  EXPECT_NEAR(schedule.posterior_variance(999, 998), 0.02, 1e-5);
  EXPECT_EQ(schedule.posterior_variance(100, -1), 0.0);
}

TEST(NoiseScheduleTest, SignalToNoiseRatio) {
  // The expected values come from NumPy, whose linspace rounds a little differently from PyTorch's.
  const NoiseSchedule schedule(diffusers_config());
  const torch::Tensor timesteps = torch::tensor({100, 500}, torch::kInt64);
  EXPECT_NEAR(schedule.alpha_cumprod(100), 0.89514159, 5e-7);
  EXPECT_NEAR(schedule.alpha_cumprod(500), 0.077796658, 2e-8);
  EXPECT_NEAR(schedule.snr(timesteps)[0].item<double>(), 8.53667, 5e-5);
}

TEST(NoiseScheduleTest, NoiseAndVelocityTakeEveryImagesOwnTimestep) {
  const NoiseSchedule schedule(diffusers_config());
  const torch::Tensor original = torch::full({2, 1, 2, 2}, 0.5);
  const torch::Tensor noise = torch::full({2, 1, 2, 2}, -1.0);
  const torch::Tensor timesteps = torch::tensor({100, 500}, torch::kInt64);
  const torch::Tensor noisy = schedule.add_noise(original, noise, timesteps);
  const torch::Tensor velocity = schedule.velocity(original, noise, timesteps);
  for (int row = 0; row < 2; ++row) {
    const double alpha_prod = schedule.alpha_cumprod(timesteps[row].item<std::int64_t>());
    const double signal = std::sqrt(alpha_prod);
    const double rate = std::sqrt(1 - alpha_prod);
    EXPECT_NEAR(noisy[row][0][1][1].item<double>(), signal * 0.5 - rate, 1e-6);
    EXPECT_NEAR(velocity[row][0][1][1].item<double>(), -signal - rate * 0.5, 1e-6);
  }
}

TEST(NoiseScheduleTest, TheCosineScheduleLeavesNoVisibleSignalAtTheEnd) {
  EXPECT_NEAR(NoiseSchedule(SchedulerConfig{}).rates(999).signal.item<double>(), 4.9e-5, 1e-6);
  EXPECT_NEAR(NoiseSchedule(diffusers_config()).rates(999).signal.item<double>(), 0.00635, 1e-5);
}

TEST(NoiseScheduleTest, RejectsBetasThatCannotBe) {
  SchedulerConfig config = diffusers_config();
  config.rescale_betas_zero_snr = true;
  EXPECT_THROW(NoiseSchedule{config}, ConfigError);

  config = diffusers_config();
  config.num_train_timesteps = 3;
  for (const std::vector<double>& betas : std::vector<std::vector<double>>{{0.1, 0.2},
                                                                           {0.1, 1.5, 0.2},
                                                                           {0.0, 0.1, 0.2},
                                                                           {0.1, 0.2, 1.0},
                                                                           {0.1, 1.0, 0.5},
                                                                           {0.1, 0.0, 0.2},
                                                                           {0.1, -0.1, 0.2},
                                                                           {1e-12, 0.1, 0.2}}) {
    config.trained_betas = betas;
    EXPECT_THROW(NoiseSchedule{config}, ConfigError) << json(betas).dump();
  }
  config.trained_betas = {0.1, 0.2, 1.0};
  config.prediction_type = "v_prediction";
  EXPECT_NO_THROW(NoiseSchedule{config});
  config.trained_betas = {0.1, 0.2, 1.5};
  EXPECT_THROW(NoiseSchedule{config}, ConfigError);
}

TEST(NoiseScheduleTest, NoiseAndVelocityKeepTheDtypeOfTheImages) {
  const NoiseSchedule schedule(diffusers_config());
  const torch::Tensor images = torch::ones({1, 1, 2, 2}, torch::kBFloat16);
  const torch::Tensor timesteps = torch::tensor({500}, torch::kInt64);
  EXPECT_EQ(schedule.add_noise(images, images, timesteps).scalar_type(), torch::kBFloat16);
  EXPECT_EQ(schedule.velocity(images, images, timesteps).scalar_type(), torch::kBFloat16);
}

}  // namespace
}  // namespace glyffuser

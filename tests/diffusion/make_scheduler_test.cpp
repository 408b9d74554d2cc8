#include "glyffuser/diffusion/make_scheduler.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "glyffuser/diffusion/sampler.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::expect_error;

TEST(MakeSchedulerTest, KnowsShortAndDiffusersNames) {
  const SchedulerConfig config;
  for (const char* name : {"ddpm", "DDPMScheduler", "ddim", "DDIMScheduler"}) {
    EXPECT_EQ(make_scheduler(name, config, 10)->timesteps().front(), 999) << name;
  }
  expect_error<ConfigError>([&] { make_scheduler("dddim", config, 10); }, {"dddim", "ddpm, ddim", "`ddim`"});
}

TEST(MakeSchedulerTest, TakesStepsOrAListOfTimesteps) {
  const SchedulerConfig config;
  SchedulerOptions options;
  options.timesteps = {100, 87, 50, 1, 0};
  EXPECT_THAT(make_scheduler("ddpm", config, 0, options)->timesteps(), ElementsAre(100, 87, 50, 1, 0));
  EXPECT_THROW(make_scheduler("ddpm", config, 5, options), ConfigError);
  EXPECT_THROW(make_scheduler("ddpm", config, 0), ConfigError);
  EXPECT_THROW(make_scheduler("ddpm", config, 1001), ConfigError);
  options.timesteps = {1000, 0};
  EXPECT_THROW(make_scheduler("ddim", config, 0, options), ConfigError);
  options.timesteps = {50, 51};
  EXPECT_THROW(make_scheduler("ddim", config, 0, options), ConfigError);
}

// Whole runs beside diffusers 0.42 with the same denoiser and noise: scripts/fixtures/diffusion.py.

struct Case {
  explicit Case(const json& row)
      : scheduler(row[0]), steps(row[4]), spacing(row[3]), extra(row[6]), expected(row[7]) {
    const std::string schedule = row[1];
    config.beta_schedule = schedule == "cosine"     ? "squaredcos_cap_v2"
                           : schedule == "zero_snr" ? "linear"
                                                    : schedule;
    config.rescale_betas_zero_snr = schedule == "zero_snr";
    if (schedule == "scaled_linear") {
      config.beta_start = 0.00085;
      config.beta_end = 0.012;
    }
    config.prediction_type = row[2];
    config.timestep_spacing = spacing;
    config.clip_sample = row[5] == "clip";
    config.thresholding = row[5] == "threshold";
    config.dynamic_thresholding_ratio = 0.9;
    config.sample_max_value = 2.0;
    if (scheduler == "ddpm") {
      config.variance_type = extra[0];
    } else {
      config.set_alpha_to_one = steps != 5;
      options.eta = extra[0];
      options.use_clipped_model_output = extra[1];
    }
  }

  torch::Tensor run() const {
    const Denoiser denoiser = [](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
      const std::int64_t t = timesteps[0].item<std::int64_t>();
      return 1.5 * noisy * t / (t + 1) - 0.25;
    };
    ImageGenerators generators({5, 6});
    const auto sampler = make_scheduler(scheduler, config, steps, options);
    const torch::Tensor noise = generators.normal({1, 8, 8});
    return sample(denoiser, *sampler, noise, image_noise(generators));
  }

  std::string scheduler;
  std::int64_t steps;
  std::string spacing;
  json extra;
  std::vector<double> expected;  ///< sum, mean magnitude, elements 0, 77 and 127
  SchedulerConfig config;
  SchedulerOptions options;
};

TEST(MakeSchedulerTest, TrajectoriesEqualDiffusers) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/diffusion/trajectories.json");
  const json rows = json::parse(file);
  ASSERT_GT(rows.size(), 800U);
  for (const json& row : rows) {
    const Case trajectory(row);
    const torch::Tensor flat = trajectory.run().to(torch::kFloat64).flatten();
    const double scale = std::max(1.0, flat.abs().max().item<double>());
    EXPECT_NEAR(flat.sum().item<double>(), trajectory.expected[0], 128 * 2e-6 * scale) << row.dump();
    EXPECT_NEAR(flat.abs().mean().item<double>(), trajectory.expected[1], 2e-6 * scale) << row.dump();
    EXPECT_NEAR(flat[0].item<double>(), trajectory.expected[2], 5e-6 * scale) << row.dump();
    EXPECT_NEAR(flat[77].item<double>(), trajectory.expected[3], 5e-6 * scale) << row.dump();
    EXPECT_NEAR(flat[127].item<double>(), trajectory.expected[4], 5e-6 * scale) << row.dump();
  }
}

}  // namespace
}  // namespace glyffuser

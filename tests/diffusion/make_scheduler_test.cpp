#include "glyffuser/diffusion/make_scheduler.hpp"

#include <gmock/gmock.h>

#include "glyffuser/diffusion/dpm_solver.hpp"
#include "glyffuser/diffusion/dpm_solver_sde.hpp"
#include "tests/diffusion/trajectories.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::expect_error;

TEST(MakeSchedulerTest, KnowsShortAndDiffusersNames) {
  const SchedulerConfig config;
  for (const std::string& name : scheduler_names())
    EXPECT_EQ(make_scheduler(name, config, 10)->timesteps().front(), 999) << name;
  for (const char* name :
       {"DDPMScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler", "DPMSolverSDEScheduler", "dpm++"}) {
    EXPECT_EQ(make_scheduler(name, config, 10)->timesteps().front(), 999) << name;
  }
  expect_error<ConfigError>([&] { make_scheduler("dddim", config, 10); },
                            {"dddim", "ddpm, ddim, dpmsolver, dpmsolver++", "`ddim`"});
}

TEST(MakeSchedulerTest, AShortNameIsAnAlgorithmWhateverTheModelsFolderSays) {
  SchedulerConfig config;
  config.class_name = "DPMSolverMultistepScheduler";
  config.solver.algorithm_type = "sde-dpmsolver++";
  EXPECT_EQ(scheduler_name(config), "sde-dpmsolver++");
  bool asked = false;
  const NoiseSource noise = [&](const torch::Tensor& like) {
    asked = true;
    return torch::zeros_like(like);
  };
  const torch::Tensor images = torch::ones({1, 1, 4, 4});
  for (const auto& [name, stochastic] :
       std::vector<std::pair<std::string, bool>>{{"DPMSolverMultistepScheduler", true},
                                                 {"dpmsolver++", false},
                                                 {"sde-dpmsolver", true},
                                                 {"dpmsolver", false}}) {
    asked = false;
    make_scheduler(name, config, 10)->step(images, 0, images, noise);
    EXPECT_EQ(asked, stochastic) << name;
  }
}

TEST(MakeSchedulerTest, TheNameOfAFoldersScheduler) {
  const auto name = [](const char* class_name) {
    SchedulerConfig config;
    config.class_name = class_name;
    return scheduler_name(config);
  };
  EXPECT_EQ(name("DDPMScheduler"), "ddpm");
  EXPECT_EQ(name("DDIMScheduler"), "ddim");
  EXPECT_EQ(name("DPMSolverMultistepScheduler"), "dpmsolver++");
  EXPECT_EQ(name("DPMSolverSDEScheduler"), "dpmsolver-sde");
  EXPECT_EQ(name("PNDMScheduler"), "ddim");
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
  options.timesteps = {900, 500, 100};
  EXPECT_THAT(make_scheduler("dpmsolver++", config, 0, options)->timesteps(), ElementsAre(900, 500, 100));
  const auto sde = make_scheduler("dpmsolver-sde", config, 0, options);
  EXPECT_EQ(sde->timesteps().size(), 5U);
  EXPECT_EQ(sde->timesteps()[2], 500);
  options.timesteps = {50, 51};
  EXPECT_THROW(make_scheduler("ddim", config, 0, options), ConfigError);
}

TEST(MakeSchedulerTest, RefusesWhatTheSchedulerCannotDo) {
  SchedulerConfig config;
  config.variance_type = "learned";
  config.solver.solver_order = 3;
  expect_error<ConfigError>([&] { make_scheduler("ddpm", config, 10); }, {"variance_type is learned"});
  expect_error<ConfigError>([&] { make_scheduler("sde-dpmsolver", config, 10); },
                            {"solver_order is 3", "sde-dpmsolver"});
  EXPECT_NO_THROW(make_scheduler("ddim", config, 10));
}

TEST(MakeSchedulerTest, TrajectoriesEqualDiffusers) {
  const json rows = testing::read_fixture("trajectories.json");
  ASSERT_GT(rows.size(), 900U);
  for (const json& row : rows) {
    SCOPED_TRACE(row.dump());
    const std::string name = row[0];
    const std::int64_t steps = row[4];
    SchedulerConfig config = testing::config_of_row(row);
    SchedulerOptions options;
    config.clip_sample = row[5] == "clip";
    config.thresholding = row[5] == "threshold";
    if (name == "ddpm") {
      config.variance_type = row[6][0];
    } else {
      config.set_alpha_to_one = steps != 5;
      options.eta = row[6][0];
      options.use_clipped_model_output = row[6][1];
    }
    testing::expect_summary(testing::run_trajectory(*make_scheduler(name, config, steps, options)), row[7],
                            2e-6, 5e-6);
  }
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/sample/scheduler_choice.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

TEST(SchedulerChoiceTest, TheModelsOwnUnlessTold) {
  SchedulerConfig trained;
  trained.class_name = "DPMSolverMultistepScheduler";
  trained.timestep_spacing = "leading";
  trained.solver.solver_order = 3;
  const SchedulerChoice choice = choose_scheduler({}, trained);
  EXPECT_EQ(choice.name, "dpmsolver++");
  EXPECT_EQ(choice.config.solver.solver_order, 3);
  EXPECT_EQ(choice.config.timestep_spacing, "trailing");
  EXPECT_TRUE(choice.settings.empty());
}

TEST(SchedulerChoiceTest, WhatIsToldIsTakenAndNamed) {
  SampleConfig config;
  config.scheduler = "dpmsolver";
  config.solver_order = 1;
  config.solver_type = "midpoint";  // as it is anyway
  config.use_karras_sigmas = true;
  const SchedulerChoice choice = choose_scheduler(config, {});
  EXPECT_EQ(choice.name, "dpmsolver");
  EXPECT_EQ(choice.config.solver.solver_order, 1);
  EXPECT_EQ(choice.settings, (std::vector<std::pair<std::string, std::string>>{
                                 {"solver_order", "1"}, {"use_karras_sigmas", "true"}}));
}

TEST(SchedulerChoiceTest, FalseSwitchesTheModelsKarrasSigmasOff) {
  SchedulerConfig trained;
  trained.class_name = kMultistepScheduler;
  trained.solver.use_karras_sigmas = true;
  EXPECT_TRUE(choose_scheduler({}, trained).config.solver.use_karras_sigmas);
  SampleConfig config;
  config.use_karras_sigmas = false;
  const SchedulerChoice choice = choose_scheduler(config, trained);
  EXPECT_FALSE(choice.config.solver.use_karras_sigmas);
  EXPECT_EQ(choice.settings.front().second, "false");
}

TEST(SchedulerChoiceTest, ANameIsTheShortOneHoweverItIsTyped) {
  SchedulerConfig trained;
  trained.solver.algorithm_type = "sde-dpmsolver++";
  for (const auto& [typed, name] : {std::pair{"DDIMScheduler", "ddim"}, std::pair{"dpm++", "dpmsolver++"},
                                    std::pair{"DPMSolverMultistepScheduler", "sde-dpmsolver++"}}) {
    SampleConfig config;
    config.scheduler = typed;
    EXPECT_EQ(choose_scheduler(config, trained).name, name);
  }
}

TEST(SchedulerChoiceTest, WhatTheSchedulerDoesNotLookAtIsRefused) {
  const auto refuses = [](const char* scheduler, const char* key, auto set) {
    SampleConfig config;
    config.scheduler = scheduler;
    set(config);
    testing::expect_error<ConfigError>([&] { choose_scheduler(config, {}); },
                                       {key, scheduler, "--scheduler"});
  };
  refuses("sde-dpmsolver++", "`sample.eta`", [](SampleConfig& c) { c.eta = 1; });
  refuses("ddpm", "`sample.eta`", [](SampleConfig& c) { c.eta = 1; });
  refuses("ddim", "`sample.solver_order`", [](SampleConfig& c) { c.solver_order = 2; });
  refuses("dpmsolver-sde", "`sample.solver_type`", [](SampleConfig& c) { c.solver_type = "heun"; });
  refuses("dpmsolver-sde", "`sample.final_sigmas_type`",
          [](SampleConfig& c) { c.final_sigmas_type = "sigma_min"; });
  refuses("ddpm", "`sample.use_karras_sigmas`", [](SampleConfig& c) { c.use_karras_sigmas = true; });
  SampleConfig heeded;
  heeded.scheduler = "dpmsolver-sde";
  heeded.use_karras_sigmas = true;
  EXPECT_EQ(choose_scheduler(heeded, {}).settings.size(), 1U);
}

TEST(SchedulerChoiceTest, AClassThatIsNotHereIsWarnedOf) {
  SchedulerConfig trained;
  trained.class_name = "PNDMScheduler";
  const auto said_for = [&](const SampleConfig& config) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(choose_scheduler(config, trained).name, "ddim");
    return ::testing::internal::GetCapturedStderr();
  };
  const std::string said = said_for({});
  for (const char* part : {"PNDMScheduler", "ddim", "--scheduler"})
    EXPECT_NE(said.find(part), std::string::npos) << said;
  SampleConfig told;
  told.scheduler = "ddim";
  EXPECT_EQ(said_for(told), "");
}

TEST(SchedulerChoiceTest, AnotherTrainingThanTheModelsIsWarnedOf) {
  SampleConfig config;
  config.prediction_type = "epsilon";
  config.beta_schedule = "squaredcos_cap_v2";
  ::testing::internal::CaptureStderr();
  const SchedulerChoice choice = choose_scheduler(config, {});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(choice.config.prediction_type, "epsilon");
  EXPECT_NE(said.find("prediction_type is epsilon, the model was trained with v_prediction"),
            std::string::npos);
  EXPECT_EQ(said.find("beta_schedule"), std::string::npos);
}

TEST(SchedulerChoiceTest, BetasOfAModelsOwnHaveNoSchedule) {
  SchedulerConfig trained;
  trained.trained_betas.assign(static_cast<std::size_t>(trained.num_train_timesteps), 0.01);
  SampleConfig config;
  choose_scheduler(config, trained);
  config.beta_schedule = "linear";
  testing::expect_error<ConfigError>([&] { choose_scheduler(config, trained); },
                                     {"sample.beta_schedule", "trained_betas"});
}

}  // namespace
}  // namespace glyffuser

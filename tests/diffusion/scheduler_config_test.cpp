#include "glyffuser/diffusion/scheduler_config.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;
using testing::expect_error;
using testing::TemporaryFolder;

const std::filesystem::path kFixtures = GLYFFUSER_SOURCE_DIR "/tests/fixtures/diffusion";

TEST(SchedulerConfigTest, WritesWhatDiffusersWrites) {
  const TemporaryFolder folder;
  for (const char* name : {"ddpm_config.json", "ddim_config.json"}) {
    write_scheduler_config(folder / name, read_scheduler_config(kFixtures / name));
    json expected = json::parse(read_file(kFixtures / name));
    expected.erase("_diffusers_version");
    EXPECT_EQ(read_file(folder / name), expected.dump(2) + "\n");
  }
}

TEST(SchedulerConfigTest, ReadsEveryKey) {
  const SchedulerConfig ddim = read_scheduler_config(kFixtures / "ddim_config.json");
  EXPECT_EQ(ddim.class_name, "DDIMScheduler");
  EXPECT_EQ(ddim.beta_schedule, "scaled_linear");
  EXPECT_EQ(ddim.prediction_type, "v_prediction");
  EXPECT_TRUE(ddim.rescale_betas_zero_snr);
  EXPECT_FALSE(ddim.set_alpha_to_one);
  EXPECT_EQ(ddim.steps_offset, 1);
  EXPECT_EQ(ddim.clip_sample_range, 1.5);
  const SchedulerConfig ddpm = read_scheduler_config(kFixtures / "ddpm_config.json");
  EXPECT_EQ(ddpm.variance_type, "fixed_large");
  EXPECT_EQ(ddpm.beta_end, 0.012);
}

TEST(SchedulerConfigTest, ReadsAnotherSchedulersFile) {
  // It has keys that are not ours, `variance_type: null` and -Infinity, which is not JSON.
  const SchedulerConfig config = read_scheduler_config(kFixtures / "dpm_config.json");
  EXPECT_EQ(config.class_name, "DPMSolverMultistepScheduler");
  EXPECT_EQ(config.beta_schedule, "squaredcos_cap_v2");
  EXPECT_EQ(config.prediction_type, "sample");
  EXPECT_EQ(config.timestep_spacing, "linspace");
  EXPECT_EQ(config.variance_type, "fixed_small");
  EXPECT_EQ(config.solver.algorithm_type, "dpmsolver++");
  EXPECT_EQ(config.solver.lambda_min_clipped, -std::numeric_limits<double>::infinity());
}

TEST(SchedulerConfigTest, WritesADpmSolverWithKeysOfDiffusersOnly) {
  const TemporaryFolder folder;
  SchedulerConfig config = read_scheduler_config(kFixtures / "dpm_config.json");
  config.solver.algorithm_type = "sde-dpmsolver++";
  config.solver.use_karras_sigmas = true;
  write_scheduler_config(folder / "s.json", config);
  const std::string written = read_file(folder / "s.json");
  // diffusers writes -Infinity, which is not JSON; a missing key means the same to it.
  EXPECT_EQ(written.find("lambda_min_clipped"), std::string::npos);
  const std::string theirs = read_file(kFixtures / "dpm_config.json");
  const json document = json::parse(written);
  for (const auto& [key, value] : document.items())
    EXPECT_NE(theirs.find(cat('"', key, '"')), std::string::npos) << key;
  const SchedulerConfig again = read_scheduler_config(folder / "s.json");
  EXPECT_EQ(again.class_name, "DPMSolverMultistepScheduler");
  EXPECT_EQ(again.timestep_spacing, "linspace");
  EXPECT_EQ(config::dump(again), config::dump(config));
  config.solver.lambda_min_clipped = -5.1;
  write_scheduler_config(folder / "s.json", config);
  EXPECT_EQ(read_scheduler_config(folder / "s.json").solver.lambda_min_clipped, -5.1);
}

TEST(SchedulerConfigTest, OtherClassesAreNotWritten) {
  const TemporaryFolder folder;
  SchedulerConfig config;
  config.class_name = "UniPCMultistepScheduler";
  expect_error<ConfigError>([&] { write_scheduler_config(folder / "s.json", config); },
                            {"_class_name is UniPCMultistepScheduler", "DDIMScheduler"});
}

TEST(SchedulerConfigTest, MissingKeysHaveDiffusersDefaults) {
  const TemporaryFolder folder;
  const SchedulerConfig config = read_scheduler_config(
      folder.write("s.json", R"({"_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear"})"));
  EXPECT_EQ(config.prediction_type, "epsilon");
  EXPECT_EQ(config.timestep_spacing, "leading");
  EXPECT_EQ(config.num_train_timesteps, 1000);
  EXPECT_EQ(config.sample_max_value, 1.0);
}

TEST(SchedulerConfigTest, WritesWhatDdimEndsWithAlsoWhereItIsTheUsual) {
  const TemporaryFolder folder;
  write_scheduler_config(folder / "s.json", SchedulerConfig{});
  EXPECT_EQ(json::parse(read_file(folder / "s.json")).at("set_alpha_to_one"), true);
}

TEST(SchedulerConfigTest, ValidateLooksAtWhatAnySchedulerNeeds) {
  SchedulerConfig config;
  EXPECT_NO_THROW(validate(config));
  config.variance_type = "learned";
  expect_error<ConfigError>([&] { validate(config); }, {"variance_type is learned"});
  config = {};
  config.solver.solver_order = 4;
  expect_error<ConfigError>([&] { validate(config); }, {"solver_order is 4"});
}

TEST(SchedulerConfigTest, ReadsHowADpmSolverSolves) {
  const TemporaryFolder folder;
  const SchedulerConfig config = read_scheduler_config(
      folder.write("s.json", R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "linear",
        "algorithm_type": "sde-dpmsolver++", "solver_order": 1, "solver_type": "heun", "lower_order_final": false,
        "euler_at_final": true, "use_karras_sigmas": true, "final_sigmas_type": "sigma_min",
        "lambda_min_clipped": -5.1})"));
  EXPECT_EQ(config.solver.algorithm_type, "sde-dpmsolver++");
  EXPECT_EQ(config.solver.solver_order, 1);
  EXPECT_EQ(config.solver.solver_type, "heun");
  EXPECT_FALSE(config.solver.lower_order_final);
  EXPECT_TRUE(config.solver.euler_at_final);
  EXPECT_TRUE(config.solver.use_karras_sigmas);
  EXPECT_FALSE(config.solver.use_lu_lambdas);
  EXPECT_EQ(config.solver.final_sigmas_type, "sigma_min");
  EXPECT_EQ(config.solver.lambda_min_clipped, -5.1);
  EXPECT_EQ(config.timestep_spacing, "linspace");
}

TEST(SchedulerConfigTest, MissingKeysHaveTheDefaultsOfTheirClass) {
  const TemporaryFolder folder;
  const SchedulerConfig config = read_scheduler_config(folder.write(
      "s.json", R"({"_class_name": "DPMSolverSDEScheduler", "beta_schedule": "scaled_linear"})"));
  EXPECT_EQ(config.beta_start, 0.00085);
  EXPECT_EQ(config.beta_end, 0.012);
  EXPECT_EQ(config.timestep_spacing, "linspace");
}

TEST(SchedulerConfigTest, OtherSolversKeysAreReadAsDiffusersConvertsThem) {
  const TemporaryFolder folder;
  const SchedulerConfig config = read_scheduler_config(
      folder.write("s.json", R"({"_class_name": "UniPCMultistepScheduler", "beta_schedule": "linear",
        "solver_type": "bh2", "use_beta_sigmas": true})"));
  EXPECT_EQ(config.solver.solver_type, "midpoint");
  const auto solver = [&](const char* algorithm, const char* type) {
    return read_scheduler_config(
        folder.write("s.json", cat(R"({"_class_name": "X", "beta_schedule": "linear",
        "variance_type": "fixed_small_log", "algorithm_type": ")",
                                   algorithm, R"(", "solver_type": ")", type, "\"}")));
  };
  for (const char* algorithm : {"deis", "data_prediction"})
    EXPECT_EQ(solver(algorithm, "heun").solver.algorithm_type, "dpmsolver++") << algorithm;
  EXPECT_EQ(solver("noise_prediction", "heun").solver.algorithm_type, "dpmsolver");
  for (const char* type : {"logrho", "bh1", "bh2"})
    EXPECT_EQ(solver("deis", type).solver.solver_type, "midpoint") << type;
  EXPECT_EQ(solver("deis", "heun").solver.solver_type, "heun");
  EXPECT_EQ(solver("deis", "heun").variance_type, "fixed_small");  // the key is DDPM's alone
}

TEST(SchedulerConfigTest, FilesThatCannotBeUsedAreNamedErrors) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text, std::initializer_list<std::string> parts) {
    const std::filesystem::path file = folder.write("scheduler_config.json", text);
    expect_error<FileError>([&] { read_scheduler_config(file); }, parts);
  };
  refused("{", {"scheduler_config.json", "JSON"});
  refused("[1]", {"scheduler_config.json", "object"});
  refused(R"({"beta_schedule": "sigmoid"})", {"scheduler_config.json", "beta_schedule is sigmoid", "linear"});
  refused(R"({"beta_schedule": "linear", "beta_end": "much"})", {"beta_end", "much"});
  refused(R"({"beta_schedule": "linear", "num_train_timesteps": 10.5})", {"num_train_timesteps is 10.5"});
  refused(R"({"beta_schedule": "linear", "prediction_type": "flow_prediction"})", {"flow_prediction"});
  refused(R"({"beta_schedule": "linear", "use_flow_sigmas": true})", {"use_flow_sigmas"});
  refused(R"({"beta_schedule": "linear", "rescale_betas_zero_snr": true})",
          {"rescale_betas_zero_snr", "epsilon"});
  refused(R"({"beta_schedule": "linear", "thresholding": true, "sample_max_value": 0.5})",
          {"sample_max_value"});
  refused(R"({"beta_schedule": "linear", "clip_sample_range": 0})", {"clip_sample_range is 0"});
  refused(R"({"beta_schedule": "linear", "dynamic_thresholding_ratio": 1.5})", {"ratio is 1.5"});
  refused(R"({"beta_schedule": "linear", "num_train_timesteps": 0})", {"num_train_timesteps is 0"});
  refused(R"({"beta_schedule": "linear", "num_train_timesteps": 1000000000000})", {"at most 100000"});
  refused(R"({"beta_schedule": "linear", "steps_offset": 9223372036854775807})", {"steps_offset", "100000"});
  refused(R"({"beta_schedule": "linear", "beta_schedule": "linear"})", {"`beta_schedule`", "twice"});
  refused("{\"beta_start\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}", {"32 deep"});
  refused(R"({"beta_schedule": "linear", "num_train_timesteps": 1, "rescale_betas_zero_snr": true,
              "prediction_type": "sample"})",
          {"rescale_betas_zero_snr", "at least 2"});
  refused(R"({"trained_betas": [0.1, 0.2]})", {"trained_betas has 2", "1000"});
  refused(R"({"_class_name": "X", "beta_schedule": "linear", "steps_offset": -1})", {"steps_offset is -1"});
  refused(
      R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "linear", "use_beta_sigmas": true})",
      {"use_beta_sigmas"});
  expect_error<FileError>([] { read_scheduler_config(kFixtures / "flow_config.json"); },
                          {"flow_config.json", "FlowMatchEulerDiscreteScheduler", "beta_schedule"});
  expect_error<FileError>([&] { read_scheduler_config(folder / "missing.json"); }, {"missing.json"});
}

// The model may be drawn with another scheduler, which does not look at the key.
TEST(SchedulerConfigTest, WhatOneSchedulerCannotDoIsNoReasonNotToReadTheFile) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text, std::initializer_list<std::string> parts) {
    const SchedulerConfig config = read_scheduler_config(folder.write("s.json", text));
    expect_error<ConfigError>([&] { validate_for(config.class_name, config); }, parts);
    for (const char* other : {"ddim", "dpmsolver-sde"}) make_scheduler(other, config, 5);
  };
  refused(R"({"_class_name": "DDPMScheduler", "beta_schedule": "linear", "variance_type": "learned"})",
          {"variance_type is learned", "fixed_small"});
  refused(R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "linear",
              "algorithm_type": "dpmsolver+++"})",
          {"algorithm_type is dpmsolver+++"});
  refused(R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "linear",
              "algorithm_type": "sde-dpmsolver++", "solver_order": 3})",
          {"solver_order is 3"});
}

TEST(SchedulerConfigTest, NumbersThatJsonDoesNotHaveAreAbsentOnes) {
  const TemporaryFolder folder;
  const std::string blanks(300'000, ' ');
  const SchedulerConfig config = read_scheduler_config(folder.write(
      "s.json",
      cat(R"({"_class_name": "X: NaN \" Infinity", "beta_schedule": "linear", "lambda_min_clipped":)", blanks,
          R"(-Infinity, "beta_end": NaN, "steps_offset": 1})")));
  EXPECT_EQ(config.class_name, "X: NaN \" Infinity");
  EXPECT_EQ(config.beta_end, 0.02);
  EXPECT_EQ(config.steps_offset, 1);
}

TEST(SchedulerConfigTest, WhatWasTrainedWithCountsForOtherSchedulersToo) {
  const TemporaryFolder folder;
  SchedulerConfig config;
  config.class_name = "DPMSolverMultistepScheduler";
  config.clip_sample_range = 2;
  config.set_alpha_to_one = false;
  write_scheduler_config(folder / "s.json", config);
  EXPECT_EQ(config::dump(read_scheduler_config(folder / "s.json")), config::dump(config));
  config.class_name = "DDIMScheduler";
  config.solver.solver_order = 1;
  write_scheduler_config(folder / "s.json", config);
  EXPECT_EQ(config::dump(read_scheduler_config(folder / "s.json")), config::dump(config));
}

TEST(SchedulerConfigTest, TrainedBetasSurviveAFile) {
  const TemporaryFolder folder;
  SchedulerConfig config;
  config.num_train_timesteps = 2;
  config.trained_betas = {0.1, 0.30000000000000004};
  write_scheduler_config(folder / "s.json", config);
  EXPECT_EQ(read_scheduler_config(folder / "s.json").trained_betas, config.trained_betas);
}

TEST(SchedulerConfigTest, YamlHasTheSameKeys) {
  SchedulerConfig config;
  config::read(config::parse_text("beta_schedule: linear\nprediction_type: epsilon\n", "train.yaml"), config);
  EXPECT_EQ(config.beta_schedule, "linear");
  config::read(
      config::parse_text("_class_name: DPMSolverMultistepScheduler\nalgorithm_type: sde-dpmsolver++\n", "x"),
      config);
  EXPECT_EQ(config.solver.algorithm_type, "sde-dpmsolver++");
  SchedulerConfig again;
  config::read(config::parse_text(config::dump(config), "dump"), again);
  EXPECT_EQ(config::dump(again), config::dump(config));
  expect_error<ConfigError>(
      [&] { config::read(config::parse_text("beta_schedule: cosine\n", "train.yaml"), config); },
      {"train.yaml:1", "beta_schedule", "cosine", "squaredcos_cap_v2"});
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/run_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
using ::testing::ElementsAre;
using testing::expect_error;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPatched =
    "output: {dir: runs/x}\n"
    "unet: {patch_size: 8, block_out_channels: [32, 64], layers_per_block: 1, norm_num_groups: 8, "
    "attention_head_dim: 2,\n"
    "       down_block_types: [DownBlock2D, CrossAttnDownBlock2D], up_block_types: [CrossAttnUpBlock2D, "
    "UpBlock2D]}\n"
    "train: {steps: 10}\n";

RunConfig parse(const std::string& yaml) {
  RunConfig config;
  config::read(config::parse_text(yaml, "c.yaml"), config);
  resolve(config);
  return config;
}

TEST(RunConfigTest, ShapesFollowFromThePatchSize) {
  const RunConfig config = parse(kPatched);
  EXPECT_EQ(config.network.unet.in_channels, 64);
  EXPECT_EQ(config.network.unet.out_channels, 64);
  EXPECT_EQ(config.network.unet.sample_size, 16);
}

TEST(RunConfigTest, TheDumpIsAConfigThatResolvesToItself) {
  const std::string yaml = config::dump(parse(kPatched));
  EXPECT_EQ(config::dump(parse(yaml)), yaml);
}

TEST(RunConfigTest, SectionsMustAgree) {
  const std::string base = kPatched;
  expect_error<ConfigError>([&] { parse(base + "data: {image_size: 100}\n"); },
                            {"image_size", "100", "multiple", "8"});
  expect_error<ConfigError>([] { parse("output: {dir: x}\nunet: {in_channels: 3}\ntrain: {steps: 1}\n"); },
                            {"unet.in_channels", "3", "expected 1"});
  expect_error<ConfigError>([] { parse("train: {steps: 1}\n"); }, {"output.dir"});
}

TEST(RunConfigTest, CheckpointingDoesNotGoWithDropout) {
  RunConfig config = parse(kPatched);
  config.train.gradient_checkpointing = true;
  resolve(config);
  config.network.unet.dropout = 0.25;
  expect_error<ConfigError>([&] { resolve(config); },
                            {"train.gradient_checkpointing", "unet.dropout", "0.25"});
}

TEST(RunConfigTest, PreviewsThatCannotBeDrawnAreRefusedAtOnce) {
  RunConfig config = parse(kPatched);
  config.scheduler.num_train_timesteps = 20;
  config.train.preview.steps = 25;
  expect_error<ConfigError>([&] { resolve(config); }, {"train.preview.steps", "25", "20"});
  config.train.preview.every = 0;
  resolve(config);
}

TEST(RunConfigTest, PreviewsHavePromptsThatAreText) {
  RunConfig config = parse(kPatched);
  config.train.preview.prompts = {};
  expect_error<ConfigError>([&] { resolve(config); }, {"train.preview.prompts", "empty"});
  config.train.preview.prompts = {"gold", "\xff"};
  expect_error<ConfigError>([&] { resolve(config); }, {"train.preview.prompts", "UTF-8"});
}

TEST(RunConfigTest, TheLossFitsThePrediction) {
  RunConfig config = parse(kPatched);
  config.loss.velocity_gamma = 10;
  resolve(config);
  config.scheduler.prediction_type = "epsilon";
  expect_error<ConfigError>([&] { resolve(config); }, {"velocity_gamma", "epsilon"});
}

TEST(RunConfigTest, AnAlgorithmBelongsToADpmSolver) {
  RunConfig config = parse(kPatched);
  config.scheduler.solver.algorithm_type = "sde-dpmsolver++";
  expect_error<ConfigError>([&] { resolve(config); },
                            {"scheduler.algorithm_type", "DPMSolverMultistepScheduler", "DDIMScheduler"});
  config.scheduler.class_name = "DPMSolverMultistepScheduler";
  resolve(config);
  config.scheduler.solver.algorithm_type = "sde-dpmsolver";
  expect_error<ConfigError>([&] { resolve(config); },
                            {"scheduler.final_sigmas_type", "sde-dpmsolver", "sigma_min"});
  config.scheduler.solver.final_sigmas_type = "sigma_min";
  resolve(config);
}

TEST(RunConfigTest, DifferingKeysLeaveOutWhatDoesNotMatter) {
  const auto differing = [](const std::string& a, const std::string& b) {
    return differing_keys(config::parse_text(a, "a"), config::parse_text(b, "b"));
  };
  EXPECT_THAT(differing("train: {steps: 1, batch_size: 2}", "train: {steps: 1, batch_size: 4}"),
              ElementsAre(HasSubstr("train.batch_size (2 -> 4)")));
  EXPECT_THAT(
      differing("train: {log_every: 1, preview: {every: 2}}\noutput: {dir: a}", "train: {log_every: 2}"),
      IsEmpty());
  EXPECT_THAT(differing("train: {keep_best: true, max_minutes: 5, max_loss_factor: 3, micro_batch: 2}", ""),
              IsEmpty());
  EXPECT_THAT(
      differing("data: {cache: a, threads: 3}\ntrain: {gradient_checkpointing: true, cuda_graphs: false}",
                ""),
      IsEmpty());
  EXPECT_THAT(
      differing("scheduler: {_class_name: DPMSolverMultistepScheduler, algorithm_type: sde-dpmsolver++}", ""),
      IsEmpty());
  EXPECT_THAT(differing("scheduler: {beta_end: 0.01}", ""), ElementsAre(HasSubstr("scheduler.beta_end")));
  EXPECT_THAT(differing("train: {log_every: 5e}", "train: {log_every: 5}"), IsEmpty());
  EXPECT_THAT(differing("train: {init_from: a}", ""), ElementsAre(HasSubstr("train.init_from (a -> null)")));
  EXPECT_THAT(differing("", "train: {warmup_steps: 500}"), IsEmpty());  // the default, left out or not
  EXPECT_THAT(differing("train: {precision: bf16}", "train: {precision: auto}"), IsEmpty());
  EXPECT_THAT(differing("train: {precision: bf16}", "train: {precision: fp32}"),
              ElementsAre(HasSubstr("train.precision (bf16 -> fp32)")));
  EXPECT_THAT(differing("unet: {block_out_channels: [1, 2]}", "unet: {block_out_channels: [1, 3]}"),
              ElementsAre(HasSubstr("[1, 2] -> [1, 3]")));
}

TEST(RunConfigTest, AVarianceTypeBelongsToDdpm) {
  RunConfig config = parse(kPatched);
  config.scheduler.variance_type = "fixed_large";
  expect_error<ConfigError>([&] { resolve(config); },
                            {"scheduler.variance_type", "fixed_large", "DDPMScheduler", "DDIMScheduler"});
  config.scheduler.class_name = "DDPMScheduler";
  resolve(config);
}

}  // namespace glyffuser

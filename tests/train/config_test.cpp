#include "glyffuser/train/config.hpp"

#include <gtest/gtest.h>

#include "glyffuser/config/reader.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
using testing::expect_error;

TEST(TrainConfigTest, ExactlyOneLength) {
  TrainConfig config;
  expect_error<ConfigError>([&] { validate(config); }, {"train.steps", "train.epochs", "neither"});
  config.steps = 10;
  validate(config);
  config.epochs = 1.0;
  expect_error<ConfigError>([&] { validate(config); }, {"both"});
}

TEST(TrainConfigTest, EpochsHaveAnEnd) {
  TrainConfig config;
  config.steps.reset();
  config.epochs = 1e300;
  expect_error<ConfigError>([&] { validate(config); }, {"train.epochs", "at most 1000000"});
}

TEST(TrainConfigTest, MicroBatchesFillTheBatch) {
  TrainConfig config;
  config.steps = 1;
  config.batch_size = 64;
  config.micro_batch = 24;
  expect_error<ConfigError>([&] { validate(config); }, {"64", "multiple", "24"});
}

TEST(TrainConfigTest, TheBestNeedsValidation) {
  TrainConfig config;
  config.steps = 1;
  config.keep_best = true;
  validate(config);
  config.validate_every = 0;
  expect_error<ConfigError>([&] { validate(config); }, {"train.keep_best", "train.validate_every"});
}

TEST(TrainConfigTest, AFactorBelowOneWouldSkipEverything) {
  TrainConfig config;
  config.steps = 1;
  config.max_loss_factor = 0;
  validate(config);
  for (const double factor : {0.5, 1.0}) {
    config.max_loss_factor = factor;
    expect_error<ConfigError>([&] { validate(config); }, {"train.max_loss_factor", "above 1"});
  }
}

TEST(TrainConfigTest, WhatARunIsTooShortForIsSaid) {
  TrainConfig config;
  config.batch_size = 10;
  config.warmup_steps = 5;
  config.keep_best = true;
  config.validate_every = Period(2, true);  // 20 steps of 100 glyphs
  EXPECT_TRUE(settings_without_effect(config, 20, 100).empty());
  EXPECT_EQ(settings_without_effect(config, 19, 100).size(), 1U);
  EXPECT_EQ(settings_without_effect(config, 5, 100).size(), 1U);
  const auto both = settings_without_effect(config, 4, 100);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_NE(both[0].find("`train.warmup_steps` is 5, the run has 4 steps"), std::string::npos) << both[0];
  EXPECT_NE(both[1].find("`train.validate_every` comes to 20 steps"), std::string::npos) << both[1];
}

TEST(TrainConfigTest, EpochsBecomeSteps) {
  TrainConfig config;
  config.epochs = 100;
  config.batch_size = 16;
  EXPECT_EQ(total_steps(config, 20'000), 125'000);
  config.epochs = 1;
  EXPECT_EQ(total_steps(config, 39), 2);
  EXPECT_EQ(total_steps(config, 41), 3);  // to the nearest
  config.epochs = 0.0001;
  EXPECT_EQ(total_steps(config, 20), 1);
}

TEST(TrainConfigTest, RecordsAndCheckpointsCannotBeNever) {
  TrainConfig config;
  const auto read = [&](const std::string& yaml) {
    config::read(config::parse_text(yaml, "c.yaml"), config);
  };
  for (const char* key : {"log_every", "checkpoint_every"})
    expect_error<ConfigError>([&] { read(std::string(key) + ": 0\n"); }, {key});
  read("validate_every: 0\npreview: {every: 0}\n");
  EXPECT_TRUE(config.validate_every.never());
}

}  // namespace glyffuser

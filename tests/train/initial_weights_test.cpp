#include "glyffuser/train/initial_weights.hpp"

#include <gtest/gtest.h>

#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

constexpr std::int64_t kSteps = 20;

class InitialWeightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RunConfig config = testing::tiny_config();
    config.seed = 77;
    const Trainer other(config, nullptr, kSteps, torch::kCPU);
    weights_ = other.checkpoint().weights;
    save_model(model_, other.model(), {});
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path model_ = folder_ / "model";
  std::map<std::string, torch::Tensor> weights_;
};

TEST_F(InitialWeightsTest, WeightsAndAveragesAreTheModels) {
  const RunConfig config = testing::tiny_config();
  Trainer trainer(config, nullptr, kSteps, torch::kCPU);
  EXPECT_FALSE(
      torch::equal(trainer.checkpoint().weights.at("conv_in.weight"), weights_.at("conv_in.weight")));
  start_from_model(trainer, model_, config.network);
  const Checkpoint start = trainer.checkpoint();
  EXPECT_EQ(start.state.step, 0);
  ASSERT_EQ(start.weights.size(), weights_.size());
  for (const auto& [name, tensor] : weights_) {
    EXPECT_TRUE(torch::equal(start.weights.at(name), tensor)) << name;
    EXPECT_TRUE(torch::equal(start.ema.at(name), tensor)) << name;
    EXPECT_FALSE(start.weights.at(name).is_alias_of(start.ema.at(name))) << name;
  }
}

TEST_F(InitialWeightsTest, AnotherArchitectureIsRefusedWithItsKeys) {
  RunConfig config = testing::tiny_config();
  config.network.unet.block_out_channels = {16, 48};
  config.network.unet.norm_eps = 1e-4;
  Trainer trainer(config, nullptr, kSteps, torch::kCPU);
  expect_error<ConfigError>([&] { start_from_model(trainer, model_, config.network); },
                            {"train.init_from", "unet.block_out_channels ([16, 32] -> [16, 48])",
                             "unet.norm_eps (1e-05 -> ", "same architecture"});
}

TEST_F(InitialWeightsTest, WhatNoWeightDependsOnMayDiffer) {
  RunConfig config = testing::tiny_config();
  config.network.unet.dropout = 0.1;
  config.network.unet.sample_size = 16;
  config.network.unet.time_embedding_dim = 64;  // the default, said aloud
  Trainer trainer(config, nullptr, kSteps, torch::kCPU);
  EXPECT_NO_THROW(start_from_model(trainer, model_, config.network));
}

TEST_F(InitialWeightsTest, AFolderThatIsNoModel) {
  const RunConfig config = testing::tiny_config();
  Trainer trainer(config, nullptr, kSteps, torch::kCPU);
  expect_error<FileError>([&] { start_from_model(trainer, folder_ / "none", config.network); }, {"none"});
  std::filesystem::remove(model_ / "unet/diffusion_pytorch_model.safetensors");
  expect_error<FileError>([&] { start_from_model(trainer, model_, config.network); }, {"unet"});
}

TEST_F(InitialWeightsTest, OneSpellingOrAnotherIsTheSameArchitecture) {
  const testing::TinyTextEncoder encoder;
  RunConfig config = testing::tiny_conditional_config(encoder.path(), "unused");
  const Trainer other(config, nullptr, kSteps, torch::kCPU);
  save_model(folder_ / "conditional", other.model(), {.text_encoder = encoder.path(), .card = ""});
  config.network.unet.attention_head_dim = {8, 8};        // each block's, all alike
  config.network.unet.addition_embed_type_num_heads = 8;  // of no use without the embedding
  Trainer trainer(config, nullptr, kSteps, torch::kCPU);
  EXPECT_NO_THROW(start_from_model(trainer, folder_ / "conditional", config.network));
}

TEST_F(InitialWeightsTest, AnotherPredictionIsWarnedOf) {
  RunConfig config = testing::tiny_config();
  const std::string theirs = config.scheduler.prediction_type;
  const auto said = [&] {
    Trainer trainer(config, nullptr, kSteps, torch::kCPU);
    ::testing::internal::CaptureStderr();
    start_from_model(trainer, model_, config.network);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said(), "");
  config.scheduler.prediction_type = theirs == "sample" ? "epsilon" : "sample";
  EXPECT_NE(said().find("scheduler.prediction_type " + theirs), std::string::npos);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/umap/map_model.hpp"

#include <gtest/gtest.h>

#include "tests/support/conditional_model.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(MapModelTest, ItsOwnEncoderComesBeforeTheConfiguredOne) {
  const testing::TemporaryFolder folder;
  UmapConfig config;
  config.model = (folder / "model").string();
  testing::save_conditional_model(config.model, 8);
  const Model model = load_map_model(config, 32, torch::kCPU);
  const std::vector<std::string> texts = {"gold", ""};
  const TextStates states =
      encode_for(model, texts, config, {.path = "nowhere", .max_length = {}}, torch::kCPU);
  const TextStates expected =
      TextEncoder({.path = config.model, .max_length = {}}, torch::kCPU).encode(texts);
  EXPECT_TRUE(torch::equal(states.states, expected.states));
  EXPECT_TRUE(torch::equal(states.mask, expected.mask));
  std::filesystem::remove_all(folder / "model/text_encoder");
  testing::expect_error<FileError>(
      [&] { encode_for(model, texts, config, {.path = "nowhere", .max_length = {}}, torch::kCPU); },
      {"nowhere"});
}

TEST(MapModelTest, WhatDoesNotFitIsRefused) {
  const testing::TemporaryFolder folder;
  UmapConfig config;
  config.model = (folder / "model").string();
  testing::save_conditional_model(config.model, 16);
  testing::expect_error<ConfigError>([&] { load_map_model(config, 64, torch::kCPU); },
                                     {"32 pixels", "data.image_size", "64"});
  const Model model = load_map_model(config, 32, torch::kCPU);
  testing::expect_error<FileError>([&] { encode_for(model, {""}, config, {}, torch::kCPU); },
                                   {config.model, "width 8", "expects 16"});
}

}  // namespace
}  // namespace glyffuser

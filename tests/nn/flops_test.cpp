// Against torch.utils.flop_counter on diffusers' UNets; scripts/fixtures/flops.py made the figures.
#include "glyffuser/nn/flops.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "glyffuser/nn/unet_config_json.hpp"

namespace glyffuser {

TEST(FlopsTest, AreTheFlopCountersOfPyTorch) {
  const std::filesystem::path root = GLYFFUSER_SOURCE_DIR;
  const auto cases = nlohmann::json::parse(read_file(root / "tests/fixtures/nn/flops.json"));
  EXPECT_GE(cases.size(), 7U);
  for (const auto& [config, figures] : cases.items()) {
    const UNet unet(read_unet_config(root / config));
    const auto tokens = figures.at("tokens").get<std::int64_t>();
    EXPECT_EQ(forward_flops(unet, tokens), figures.at("forward").get<std::int64_t>()) << config;
    // The exact count lacks the gradient of what comes in: noise, time steps and text.
    const auto training = figures.at("forward_and_backward").get<double>();
    EXPECT_NEAR(static_cast<double>(training_flops(unet, tokens)) / training, 1, 0.02) << config;
  }
}

}  // namespace glyffuser

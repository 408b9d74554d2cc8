#include "glyffuser/nn/unet_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

TEST(UNetConfigTest, HeadsMeanWhatTheyMeanInDiffusers) {
  UNetConfig config;
  config.attention_head_dim = {8};
  EXPECT_EQ(config.heads(2), 8);  // UNet2DConditionModel: a number of heads
  config.attention_head_dim = {1, 2, 4, 8};
  EXPECT_EQ(config.heads(2), 4);
  config.class_name = "UNet2DModel";
  config.attention_head_dim = {8};
  EXPECT_EQ(config.heads(2), 64);  // channels per head, of 512
  config.attention_head_dim = {};
  EXPECT_EQ(config.heads(2), 1);
}

TEST(UNetConfigTest, ValidateNamesTheKeysThatDoNotFit) {
  const auto expect_invalid = [](const std::function<void(UNetConfig&)>& change, const std::string& why) {
    UNetConfig config;
    change(config);
    expect_error<ConfigError>([&] { validate(config); }, {why});
  };
  EXPECT_NO_THROW(validate(UNetConfig{}));
  expect_invalid([](auto& c) { c.block_out_channels = {}; }, "`block_out_channels` is empty");
  expect_invalid([](auto& c) { c.down_block_types.pop_back(); },
                 "`down_block_types` has 3 items, expected 4");
  expect_invalid([](auto& c) { c.attention_head_dim = {4, 8}; }, "`attention_head_dim` has 2 items");
  expect_invalid([](auto& c) { c.block_out_channels[1] = 250; },
                 "is 250, expected a multiple of `norm_num_groups` = 32");
  expect_invalid([](auto& c) { c.attention_head_dim = {6}; },
                 "expected a multiple of `attention_head_dim` = 6");
  expect_invalid([](auto& c) { c.sample_size = 100; },
                 "`sample_size` is 100, expected a multiple of 2^(levels - 1) = 8");
  expect_invalid([](auto& c) { c.up_block_types[0] = "AttnUpBlock2D"; },
                 "expected UpBlock2D or CrossAttnUpBlock2D");
  expect_invalid([](auto& c) { c.block_out_channels.assign(70, 32); }, "70 items, expected at most 13");
  expect_invalid([](auto& c) { c.freq_shift = c.block_out_channels[0] / 2; }, "`freq_shift` is");
  expect_invalid([](auto& c) { c.encoder_hid_dim.reset(); }, "without an `encoder_hid_dim`");
  expect_invalid([](auto& c) { c.encoder_hid_dim_type.reset(); }, "without `encoder_hid_dim_type");
  expect_invalid([](auto& c) { c.addition_embed_type = "text", c.addition_embed_type_num_heads = 60; },
                 "text encoder's width is 512");
  expect_invalid([](auto& c) { c.class_name = "UNet2DModel"; }, "in a UNet2DModel");
}

UNetConfig without_attention() {
  UNetConfig config;
  config.down_block_types.assign(4, "DownBlock2D");
  config.up_block_types.assign(4, "UpBlock2D");
  config.mid_block_type = "UNetMidBlock2D";
  return config;
}

TEST(UNetConfigTest, HeadsMustFitWhereAttentionIs) {
  const auto expect_levels = [](const UNetConfig& valid, const std::set<std::size_t>& attention) {
    for (std::size_t level = 0; level < 4; ++level) {
      UNetConfig config = valid;
      config.attention_head_dim = {8, 8, 8, 8};
      config.attention_head_dim[level] = 6;
      if (attention.contains(level)) {
        expect_error<ConfigError>([&] { validate(config); }, {"a multiple of `attention_head_dim` = 6"});
      } else {
        EXPECT_NO_THROW(validate(config)) << level;
      }
    }
  };
  UNetConfig config = without_attention();
  config.down_block_types[1] = "CrossAttnDownBlock2D";
  config.mid_block_type.reset();
  expect_levels(config, {1});
  config = without_attention();
  config.up_block_types[1] = "CrossAttnUpBlock2D";
  config.mid_block_type = "UNetMidBlock2DCrossAttn";
  expect_levels(config, {2, 3});
}

TEST(UNetConfigTest, ValidateNamesTheKeysOfAnUnconditionalModel) {
  UNetConfig valid = without_attention();
  valid.class_name = "UNet2DModel";
  EXPECT_NO_THROW(validate(valid));
  EXPECT_EQ(valid.encoder_width(), 0);
  const auto expect_invalid = [&](const std::function<void(UNetConfig&)>& change, const std::string& why) {
    UNetConfig config = valid;
    change(config);
    expect_error<ConfigError>([&] { validate(config); }, {why});
  };
  expect_invalid([](auto& c) { c.attention_head_dim = {8, 8, 8, 8}; }, "expected one number for UNet2DModel");
  expect_invalid([](auto& c) { c.mid_block_type = "UNetMidBlock2DCrossAttn"; },
                 "expected UNetMidBlock2D or null in a UNet2DModel");
  expect_invalid([](auto& c) { c.attn_norm_num_groups = 7; },
                 "is 512, expected a multiple of `attn_norm_num_groups` = 7");
}

TEST(UNetConfigTest, NumbersOutOfRangeAreRefused) {
  for (const char* line :
       {"downsample_padding: 2", "dropout: 1.5", "sample_size: 4104", "norm_eps: 0", "in_channels: 0",
        "out_channels: 0", "layers_per_block: 0", "norm_num_groups: 0", "time_embedding_dim: 0",
        "block_out_channels: [0]", "attention_head_dim: 0", "cross_attention_dim: 0", "encoder_hid_dim: 0",
        "addition_embed_type_num_heads: 0", "transformer_layers_per_block: 0", "mid_block_scale_factor: 0"}) {
    UNetConfig config;
    const std::string key = std::string(line).substr(0, std::string(line).find(':'));
    expect_error<ConfigError>([&] { config::read(config::parse_text(line, "x.yaml"), config); },
                              {"x.yaml:1", key});
  }
}

TEST(UNetConfigTest, PaddingCountsWhereNoMaskIs) {
  UNetConfig config;
  EXPECT_FALSE(padding_counts(config));
  config.only_cross_attention = true;
  EXPECT_TRUE(padding_counts(config));
  config.class_name = "UNet2DModel";
  EXPECT_FALSE(padding_counts(config));
  config.only_cross_attention = false;
  config.addition_embed_type = "text";
  EXPECT_TRUE(padding_counts(config));
}

TEST(UNetConfigTest, YamlRoundTripsAndHasTheKeysOfItsClass) {
  UNetConfig config;
  config.class_name = "UNet2DModel";
  config.attention_head_dim = {};
  config.time_embedding_dim = 40;
  const std::string yaml = config::dump(config);
  EXPECT_THAT(yaml, ::testing::Not(::testing::HasSubstr("cross_attention_dim")));
  UNetConfig again;
  config::read(config::parse_text(yaml, "x.yaml"), again);
  EXPECT_EQ(config::dump(again), yaml);
}

}  // namespace
}  // namespace glyffuser

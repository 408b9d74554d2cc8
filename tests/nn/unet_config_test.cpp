#include "glyffuser/nn/unet_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kFixtures = fs::path(GLYFFUSER_SOURCE_DIR) / "tests/fixtures/nn";

class UNetConfigTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove(file_); }

  UNetConfig read_text(const std::string& json) {
    write_file_atomically(file_, json);
    return read_unet_config(file_);
  }
  /// diffusers' config of the article's model with one key changed.
  void expect_refused(const char* key, const nlohmann::json& value, const std::string& why) {
    auto json = nlohmann::json::parse(read_file(kFixtures / "article.json"));
    json[key] = value;
    try {
      read_text(json.dump(2));
      FAIL() << key << " was accepted";
    } catch (const FileError& error) {
      EXPECT_THAT(error.what(), HasSubstr(file_.string()));
      EXPECT_THAT(error.what(), HasSubstr(key));
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }

  fs::path file_ = fs::temp_directory_path() / cat("glyffuser-unet-config-", ::getpid(), ".json");
};

TEST_F(UNetConfigTest, ReadsDiffusersFilesAndWritesThemBack) {
  for (const char* name :
       {"article", "article_text", "patch", "scale_shift", "unconditional", "unconditional_scale_shift"}) {
    const auto theirs = nlohmann::json::parse(read_file(kFixtures / cat(name, ".json")));
    const auto ours =
        nlohmann::json::parse(unet_config_json(read_unet_config(kFixtures / cat(name, ".json"))));
    for (const auto& [key, value] : ours.items()) {
      EXPECT_TRUE(theirs.contains(key)) << name << ": diffusers would not expect " << key;
      EXPECT_EQ(value, theirs.at(key)) << name << ": " << key;
    }
    EXPECT_EQ(ours.dump(), nlohmann::json::parse(unet_config_json(read_text(ours.dump()))).dump());
  }
}

TEST_F(UNetConfigTest, MissingKeysHaveDiffusersDefaults) {
  const UNetConfig config = read_text(R"({"_class_name": "UNet2DConditionModel", "sample_size": 64})");
  EXPECT_EQ(config.in_channels, 4);
  EXPECT_EQ(config.block_out_channels, (std::vector<std::int64_t>{320, 640, 1280, 1280}));
  EXPECT_EQ(config.encoder_width(), 1280);
  EXPECT_FALSE(config.encoder_hid_dim_type);
}

TEST_F(UNetConfigTest, RefusesWhatIsOutsideTheFamily) {
  expect_refused("_class_name", "UNet3DConditionModel", "expected UNet2DConditionModel or UNet2DModel");
  expect_refused("act_fn", "gelu", "expected one of silu");
  expect_refused("class_embed_type", "timestep", "only null is supported");
  expect_refused("time_embedding_type", "fourier", "only positional is supported");
  expect_refused("num_attention_heads", 8, "only null is supported");
  expect_refused("encoder_hid_dim_type", "image_proj", "expected one of text_proj");
  expect_refused("addition_embed_type", "text_time", "expected one of text");
  expect_refused("sample_size", nullptr, "expected a whole number");
  expect_refused("layers_per_block", {1, 2, 2, 2}, "expected a whole number");
  expect_refused("down_block_types", {"KDownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D"},
                 "expected one of");
  expect_refused("invented", 1, "only null is supported");
  EXPECT_THROW(read_text("{"), FileError);
  EXPECT_THROW(read_unet_config(file_.string() + ".absent"), FileError);
}

TEST_F(UNetConfigTest, ValidateNamesTheKeysThatDoNotFit) {
  const auto expect_invalid = [](const std::function<void(UNetConfig&)>& change, const std::string& why) {
    UNetConfig config;
    change(config);
    try {
      validate(config);
      FAIL() << "was accepted; expected: " << why;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
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
  expect_invalid([](auto& c) { c.encoder_hid_dim.reset(); }, "without an `encoder_hid_dim`");
  expect_invalid([](auto& c) { c.encoder_hid_dim_type.reset(); }, "without `encoder_hid_dim_type");
  expect_invalid([](auto& c) { c.addition_embed_type = "text", c.addition_embed_type_num_heads = 60; },
                 "text encoder's width is 512");
  expect_invalid([](auto& c) { c.class_name = "UNet2DModel"; }, "in a UNet2DModel");
}

TEST_F(UNetConfigTest, YamlRoundTripsAndHasTheKeysOfItsClass) {
  UNetConfig config = read_unet_config(kFixtures / "unconditional.json");
  const std::string yaml = config::dump(config);
  EXPECT_THAT(yaml, testing::Not(HasSubstr("cross_attention_dim")));
  UNetConfig again;
  config::read(config::parse_text(yaml, "x.yaml"), again);
  EXPECT_EQ(unet_config_json(again), unet_config_json(config));
}

}  // namespace
}  // namespace glyffuser

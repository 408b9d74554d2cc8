#include "glyffuser/nn/unet_config_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

const std::filesystem::path kConfigs = std::filesystem::path(GLYFFUSER_SOURCE_DIR) / "tests/fixtures/nn";

class UNetConfigJsonTest : public ::testing::Test {
 protected:
  UNetConfig read_text(const std::string& json) {
    write_file_atomically(file_, json);
    return read_unet_config(file_);
  }
  /// diffusers' config of the article's model with one key changed.
  void expect_refused(const char* key, const nlohmann::json& value, const std::string& why) {
    auto json = nlohmann::json::parse(read_file(kConfigs / "article.json"));
    json[key] = value;
    expect_error<FileError>([&] { read_text(json.dump(2)); }, {file_.string(), key, why});
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "config.json";
};

TEST_F(UNetConfigJsonTest, ReadsDiffusersFilesAndWritesThemBack) {
  for (const char* name :
       {"article", "article_text", "patch", "scale_shift", "unconditional", "unconditional_scale_shift"}) {
    const auto theirs = nlohmann::json::parse(read_file(kConfigs / cat(name, ".json")));
    const auto ours =
        nlohmann::json::parse(unet_config_json(read_unet_config(kConfigs / cat(name, ".json"))));
    for (const auto& [key, value] : ours.items()) {
      EXPECT_TRUE(theirs.contains(key)) << name << ": diffusers would not expect " << key;
      EXPECT_EQ(value, theirs.at(key)) << name << ": " << key;
    }
    EXPECT_EQ(ours.dump(), nlohmann::json::parse(unet_config_json(read_text(ours.dump()))).dump());
  }
}

TEST_F(UNetConfigJsonTest, MissingKeysHaveDiffusersDefaults) {
  const UNetConfig config = read_text(R"({"_class_name": "UNet2DConditionModel", "sample_size": 64})");
  EXPECT_EQ(config.in_channels, 4);
  EXPECT_EQ(config.block_out_channels, (std::vector<std::int64_t>{320, 640, 1280, 1280}));
  EXPECT_EQ(config.encoder_width(), 1280);
  EXPECT_FALSE(config.encoder_hid_dim_type);
  const UNetConfig plain = read_text(R"({"_class_name": "UNet2DModel", "sample_size": 64})");
  EXPECT_EQ(plain.in_channels, 3);
  EXPECT_EQ(plain.out_channels, 3);
  EXPECT_EQ(plain.mid_block_type, "UNetMidBlock2D");
  EXPECT_EQ(plain.block_out_channels, (std::vector<std::int64_t>{224, 448, 672, 896}));
}

TEST_F(UNetConfigJsonTest, AWidthOfTextsMeansThatTheyAreProjected) {
  const UNetConfig config =
      read_text(R"({"_class_name": "UNet2DConditionModel", "sample_size": 64, "encoder_hid_dim": 768})");
  EXPECT_EQ(config.encoder_hid_dim_type, "text_proj");
  EXPECT_EQ(config.encoder_width(), 768);
}

TEST_F(UNetConfigJsonTest, NotesOfDiffusersArePassedOver) {
  auto json = nlohmann::json::parse(read_file(kConfigs / "article.json"));
  const std::string plain = unet_config_json(read_text(json.dump()));
  json.update({{"decay", 0.9999}, {"min_decay", 0.0}, {"inv_gamma", 1.0}, {"power", 0.75}});
  json.update({{"optimization_step", 500}, {"update_after_step", 0}, {"use_ema_warmup", true}});
  json["_name_or_path"] = "models/\U00020000";
  EXPECT_EQ(unet_config_json(read_text(json.dump(2, ' ', /*ensure_ascii=*/true))), plain);
}

TEST_F(UNetConfigJsonTest, RefusesWhatIsOutsideTheFamily) {
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
  expect_refused("class_name", "UNet2DModel", "only null is supported");
  EXPECT_THROW(read_text("{"), FileError);
  EXPECT_THROW(read_unet_config(file_.string() + ".absent"), FileError);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/nn/weights.hpp"

#include <gtest/gtest.h>
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/safetensors.hpp"
#include "tests/nn/formula.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::sorted_parameters;

class WeightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.class_name = "UNet2DModel";
    config_.sample_size = 8;
    config_.block_out_channels = {32};
    config_.down_block_types = {"DownBlock2D"};
    config_.mid_block_type = "UNetMidBlock2D";
    config_.up_block_types = {"UpBlock2D"};
    config_.layers_per_block = 1;
  }

  UNetConfig config_;
  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "diffusion_pytorch_model.safetensors";
};

TEST_F(WeightsTest, ComeBackFromAFileOrItsFolder) {
  const auto saved = make_unet(config_, 1), from_file = make_unet(config_, 2),
             from_folder = make_unet(config_, 3);
  save_weights(*saved, file_);
  load_weights(*from_file, file_);
  load_weights(*from_folder, folder_.path());
  const auto expected = sorted_parameters(*saved);
  for (const auto& [name, parameter] : sorted_parameters(*from_file)) {
    EXPECT_TRUE(torch::equal(parameter, expected.at(name))) << name;
    EXPECT_TRUE(parameter.requires_grad()) << name;
  }
  for (const auto& [name, parameter] : sorted_parameters(*from_folder)) {
    EXPECT_TRUE(torch::equal(parameter, expected.at(name))) << name;
  }
  EXPECT_EQ(read_safetensors(file_).metadata.at("format"), "pt");
}

TEST_F(WeightsTest, HalfPrecisionFilesBecomeFloat) {
  const auto saved = make_unet(config_, 1), loaded = make_unet(config_, 2);
  save_weights(*saved, file_, torch::kHalf);
  EXPECT_EQ(read_safetensors(file_).tensors.at("conv_in.weight").scalar_type(), torch::kHalf);
  load_weights(*loaded, file_);
  const auto expected = sorted_parameters(*saved);
  for (const auto& [name, parameter] : sorted_parameters(*loaded)) {
    EXPECT_TRUE(torch::equal(parameter, expected.at(name).to(torch::kHalf).to(torch::kFloat))) << name;
  }
}

TEST_F(WeightsTest, AttentionsMayHaveTheNamesOfOldDiffusers) {
  const auto saved = make_unet(config_, 1), loaded = make_unet(config_, 2);
  save_weights(*saved, file_);
  std::map<std::string, torch::Tensor> old;
  const std::string prefix = "mid_block.attentions.0.";
  const std::map<std::string, std::string> names = {
      {"to_q", "query"}, {"to_k", "key"}, {"to_v", "value"}, {"to_out.0", "proj_attn"}};
  for (const auto& [name, tensor] : read_safetensors(file_).tensors) {
    std::string renamed = name;
    for (const auto& [now, before] : names) {
      if (name.starts_with(prefix + now)) renamed = prefix + before + name.substr(prefix.size() + now.size());
    }
    old.emplace(renamed, tensor);
  }
  ASSERT_TRUE(old.contains("mid_block.attentions.0.proj_attn.bias"));
  write_safetensors(file_, old);
  load_weights(*loaded, file_);
  const auto expected = sorted_parameters(*saved);
  for (const auto& [name, parameter] : sorted_parameters(*loaded))
    EXPECT_TRUE(torch::equal(parameter, expected.at(name))) << name;
}

TEST_F(WeightsTest, ANameMayBeAsLongAsItLikes) {
  const auto unet = make_unet(config_, 1);
  write_safetensors(file_, {{std::string(1'000'000, 'a'), torch::zeros({1})}});
  testing::expect_error<FileError>([&] { load_weights(*unet, file_); },
                                   {file_.string(), "1 not of this model"});
}

TEST_F(WeightsTest, OneErrorListsEveryMismatchAndLeavesTheUNetAlone) {
  const auto unet = make_unet(config_, 1);
  save_weights(*unet, file_);
  auto tensors = read_safetensors(file_).tensors;
  tensors.erase("conv_in.bias");
  tensors["conv_in.weight"] = torch::zeros({32, 2, 3, 3});
  tensors["conv_out.bias"] = torch::zeros({1}, torch::kLong);
  for (int i = 0; i < 12; ++i) tensors[cat("other.", i)] = torch::zeros({1});
  write_safetensors(file_, tensors);

  const torch::Tensor before = sorted_parameters(*unet).at("conv_norm_out.weight").clone();
  testing::expect_error<FileError>(
      [&] { load_weights(*unet, file_); },
      {file_.string(), "1 missing: conv_in.bias", "12 not of this model: other.0, ", ", …",
       "1 of another shape: conv_in.weight [32, 2, 3, 3] instead of [32, 1, 3, 3]",
       "1 not floating-point: conv_out.bias Long"});
  EXPECT_TRUE(torch::equal(sorted_parameters(*unet).at("conv_norm_out.weight"), before));
}

}  // namespace
}  // namespace glyffuser

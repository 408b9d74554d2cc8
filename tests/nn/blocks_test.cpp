#include "glyffuser/nn/blocks.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/tiny_unet.hpp"

namespace glyffuser::nn {
namespace {

/// A block whose residual blocks hand on what they get, and whose attentions add to it the mean pixel of its
/// norm: queries and keys are 0, so every pixel weighs the same, and the values' way is the identity.
void make_transparent(torch::nn::Module& block) {
  const torch::NoGradGuard no_grad;
  for (const auto& item : block.named_parameters()) {
    torch::Tensor weight = item.value();
    weight.zero_();
    if (item.key().ends_with("group_norm.weight")) weight.fill_(1);
    if (item.key().ends_with("to_v.weight") || item.key().ends_with("to_out.0.weight"))
      weight.copy_(torch::eye(weight.size(0)));
  }
}

/// Pixels that are all the same: channel c is c % 4.
torch::Tensor striped(std::int64_t channels) {
  return (torch::arange(channels) % 4)
      .to(torch::kFloat)
      .view({1, channels, 1, 1})
      .expand({1, channels, 2, 2});
}

/// striped() after a group norm whose groups have 0, 1, 2, 3 equally often.
torch::Tensor normed(std::int64_t channels, double eps) {
  return (striped(channels) - 1.5) / std::sqrt(1.25 + eps);
}

TEST(BlocksTest, AttentionNormsWithTheNetworksEpsilon) {
  UNetConfig config = testing::tiny_unet();
  config.block_out_channels = {32, 32};
  config.norm_eps = 0.5;
  DownBlock block(config, 1);
  make_transparent(block);
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> skips;
  const torch::Tensor y = block.forward(striped(32), torch::zeros({1, config.time_embed_dim()}), {}, skips);
  EXPECT_TRUE(torch::allclose(y, striped(32) + normed(32, 0.5)));
}

TEST(BlocksTest, TheMiddlesAttentionHasGroupsOfItsOwn) {
  UNetConfig config = testing::tiny_unet();
  config.norm_num_groups = 32;  // a group for each channel, of which nothing is left
  for (const bool own : {false, true}) {
    if (own) config.attn_norm_num_groups = 1;
    MidBlock block(config);
    make_transparent(block);
    const torch::NoGradGuard no_grad;
    const torch::Tensor y = block.forward(striped(32), torch::zeros({1, config.time_embed_dim()}), {});
    const torch::Tensor added = own ? normed(32, config.norm_eps) : torch::zeros({1, 32, 2, 2});
    EXPECT_TRUE(torch::allclose(y, striped(32) + added, 1e-4, 1e-5)) << own;
  }
}

}  // namespace
}  // namespace glyffuser::nn

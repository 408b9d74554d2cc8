#include "glyffuser/nn/recompute.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "glyffuser/nn/unet.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser::nn {
namespace {

using Tensors = std::vector<torch::Tensor>;

TEST(RecomputeTest, GivesTheGradientsOfInputsAndParametersAndRunsTwice) {
  torch::manual_seed(1);
  const torch::Tensor x = torch::randn({4, 3}).requires_grad_(), fixed = torch::randn({4, 3});
  const torch::Tensor weight = torch::randn({3, 3}).requires_grad_();
  int runs = 0;
  const auto body = [&](const Tensors& in) {
    ++runs;
    EXPECT_FALSE(in[2].defined());
    return torch::matmul(in[0], weight).tanh() * in[1];
  };
  const auto gradients = [&](const torch::Tensor& y) {
    y.square().sum().backward();
    const Tensors result = {x.grad().clone(), weight.grad().clone()};
    x.mutable_grad().reset(), weight.mutable_grad().reset();
    return result;
  };
  const Tensors inputs = {x, fixed, {}};
  const Tensors plain = gradients(body(inputs));
  runs = 0;
  const Tensors recomputed = gradients(recompute(body, inputs));
  EXPECT_EQ(runs, 2);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(torch::equal(recomputed[i], plain[i])) << i;
  EXPECT_FALSE(fixed.grad().defined());

  runs = 0;
  recompute(body, {fixed, fixed, {}}).sum().backward();  // no input needs a gradient, the weight does
  EXPECT_TRUE(weight.grad().defined());
  EXPECT_EQ(runs, 1);

  const torch::NoGradGuard no_grad;
  runs = 0;
  EXPECT_FALSE(recompute(body, inputs).requires_grad());
  EXPECT_EQ(runs, 1);
}

/// The gradients of all weights of a small network for one made-up batch.
Tensors gradients_of(const UNetConfig& config, bool recomputes) {
  const auto unet = make_unet(config, 7);
  unet->recompute_in_backward(recomputes);
  torch::manual_seed(2);
  const torch::Tensor sample = torch::randn({2, config.in_channels, 8, 8});
  torch::Tensor states, mask;
  if (config.is_conditional()) {
    states = torch::randn({2, 8, config.encoder_width()});
    mask = torch::ones({2, 8}, torch::kBool);
    mask[1].narrow(0, 3, 5).fill_(false);
  }
  unet->forward(sample, torch::tensor({3, 700}), states, mask).square().sum().backward();
  Tensors gradients;
  for (const torch::Tensor& weight : unet->parameters()) gradients.push_back(weight.grad());
  return gradients;
}

/// The greatest difference between both gradients of a weight, in units of the greatest gradient of it.
double relative_difference(const UNetConfig& config) {
  const Tensors kept = gradients_of(config, false), recomputed = gradients_of(config, true);
  double greatest = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const torch::Tensor difference = (kept[i] - recomputed[i]).abs().max();
    // A bias before a norm has no gradient but rounding.
    greatest = std::max(greatest, (difference / kept[i].abs().max().clamp_min(1)).item<double>());
  }
  return greatest;
}

// Where a tensor has several readers its gradient is a sum, in another order here: equal but for rounding.
TEST(RecomputeTest, AWholeNetworksGradientsAreTheSame) {
  EXPECT_LT(relative_difference(testing::tiny_config().network.unet), 1e-5);
}

TEST(RecomputeTest, AlsoWithText) {
  UNetConfig config = testing::tiny_config().network.unet;
  config.class_name = "UNet2DConditionModel";
  config.down_block_types = {"DownBlock2D", "CrossAttnDownBlock2D"};
  config.up_block_types = {"CrossAttnUpBlock2D", "UpBlock2D"};
  config.mid_block_type = "UNetMidBlock2DCrossAttn";
  config.cross_attention_dim = 24;
  config.encoder_hid_dim = 12;
  config.encoder_hid_dim_type = "text_proj";
  EXPECT_LT(relative_difference(config), 1e-5);
}

}  // namespace
}  // namespace glyffuser::nn

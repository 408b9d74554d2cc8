#include "glyffuser/nn/transformer.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace glyffuser::nn {
namespace {

// diffusers' Transformer2DModel norms with an epsilon of its own, 1e-6, whatever the network's norm_eps is.
TEST(TransformerTest, ItsNormHasItsOwnEpsilon) {
  Transformer2D transformer({.channels = 4,
                             .heads = 1,
                             .text_width = 4,
                             .layers = 1,
                             .norm_groups = 1,
                             .linear_projection = true,
                             .only_cross_attention = false});
  const torch::NoGradGuard no_grad;
  // Attention and feed-forward add nothing, and both projections hand on: x + norm(x).
  for (const auto& item : transformer.named_parameters()) torch::Tensor(item.value()).zero_();
  auto weights = transformer.named_parameters();
  weights["norm.weight"].fill_(1);
  weights["proj_in.weight"].copy_(torch::eye(4));
  weights["proj_out.weight"].copy_(torch::eye(4));
  const torch::Tensor x = 1e-3 * torch::tensor({-1.0F, 1.0F, -1.0F, 1.0F}).view({1, 4, 1, 1});
  const torch::Tensor y = transformer.forward(x, {.states = torch::ones({1, 2, 4}), .bias = {}, .kept = {}});
  EXPECT_TRUE(torch::allclose(y - x, x / std::sqrt(1e-6 + 1e-6), 1e-4));
}

}  // namespace
}  // namespace glyffuser::nn

#include "glyffuser/nn/layers.hpp"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <cmath>

namespace glyffuser {
namespace {

torch::Generator seeded(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

TEST(LayersTest, InitialValuesArePyTorchsDefaults) {
  nn::Conv2d conv(32, 64, 3);
  conv.reset(seeded(1));
  const double bound = 1 / std::sqrt(32.0 * 9);  // kaiming_uniform_ with a = sqrt(5)
  EXPECT_LE(conv.weight.abs().max().item<double>(), bound);
  EXPECT_NEAR(conv.weight.std().item<double>(), bound / std::sqrt(3.0), 0.02 * bound);
  EXPECT_LE(conv.bias.abs().max().item<double>(), bound);
  EXPECT_GT(conv.bias.abs().max().item<double>(), 0.8 * bound);

  nn::GroupNorm norm(4, 8, 1e-5);
  norm.reset(seeded(1));
  EXPECT_TRUE(torch::equal(norm.weight, torch::ones(8)));
  EXPECT_TRUE(torch::equal(norm.bias, torch::zeros(8)));
}

TEST(LayersTest, ResetDrawsWhatTorchDraws) {
  nn::Linear linear(5, 3);
  linear.reset(seeded(7));
  torch::manual_seed(7);
  const torch::nn::Linear reference(5, 3);
  EXPECT_TRUE(torch::equal(linear.weight, reference->weight));
  EXPECT_TRUE(torch::equal(linear.bias, reference->bias));
}

TEST(LayersTest, LinearWithoutBiasHasOneParameter) {
  nn::Linear linear(5, 3, false);
  EXPECT_EQ(linear.parameters().size(), 1u);
  linear.reset(seeded(1));
  const torch::Tensor x = torch::ones({2, 5});
  EXPECT_TRUE(torch::allclose(linear.forward(x), x.matmul(linear.weight.t())));
}

// In bfloat16 the weights of norms stay float32: 257 is no number of bfloat16.
TEST(LayersTest, LayerNormTakesItsWeightsAsTheyAre) {
  nn::LayerNorm norm(2);
  const torch::NoGradGuard no_grad;
  norm.weight.fill_(257);
  norm.bias.fill_(256);
  const torch::Tensor y = norm.forward(torch::tensor({{-1.0F, 1.0F}}).to(torch::kBFloat16));
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  EXPECT_NEAR(y[0][0].item<double>(), -1, 0.01);
}

TEST(LayersTest, LayerNormAddsPyTorchsEpsilonToTheVariance) {
  nn::LayerNorm norm(2);
  norm.reset(seeded(1));
  const torch::NoGradGuard no_grad;
  const torch::Tensor y = norm.forward(torch::tensor({{-1e-3F, 1e-3F}}));
  EXPECT_NEAR(y[0][1].item<double>(), 1e-3 / std::sqrt(1e-6 + 1e-5), 1e-5);
}

/// A convolution that processors have packed layouts and Winograd's way for, and what it takes.
struct PackedLayer {
  nn::Conv2d conv{16, 32, 3, 1, 1};
  torch::Tensor x = torch::ones({1, 16, 8, 8}).contiguous(torch::MemoryFormat::ChannelsLast);

  PackedLayer() {
    conv.reset(seeded(1));
    conv.pack();
  }
  void expect_convolves() const {
    const torch::Tensor expected = torch::conv2d(x, conv.weight, conv.bias, 1, 1);
    EXPECT_TRUE(torch::allclose(conv.forward(x), expected, 1e-4, 1e-4));
  }
};

TEST(LayersTest, PackingAgainTakesTheWeightsOfNow) {
  PackedLayer packed;
  const torch::NoGradGuard no_grad;
  packed.expect_convolves();
  packed.conv.weight.mul_(2);
  packed.conv.pack();
  packed.expect_convolves();
}

TEST(LayersTest, UnpackedALayerFollowsItsWeights) {
  PackedLayer packed;
  const torch::NoGradGuard no_grad;
  packed.expect_convolves();
  packed.conv.unpack();
  packed.expect_convolves();
  packed.conv.weight.mul_(2);
  packed.expect_convolves();
}

TEST(LayersTest, APackedConvolutionStillHasItsGradient) {
  PackedLayer packed;
  packed.conv.forward(packed.x).sum().backward();
  const torch::Tensor sixty_four = torch::full({32}, 64.0F);
  EXPECT_TRUE(torch::equal(packed.conv.bias.grad(), sixty_four));
  EXPECT_TRUE(torch::allclose(packed.conv.weight.grad().select(2, 1).select(2, 1).select(1, 0), sixty_four));
}

}  // namespace
}  // namespace glyffuser

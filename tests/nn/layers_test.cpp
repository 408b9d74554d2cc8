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

}  // namespace
}  // namespace glyffuser

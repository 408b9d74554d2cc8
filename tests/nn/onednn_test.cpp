#include "glyffuser/nn/onednn.hpp"

#include <gtest/gtest.h>

#include "glyffuser/nn/layers.hpp"
#include "tests/nn/formula.hpp"

namespace glyffuser {
namespace {

using testing::formula_values;
using torch::Tensor;

// In float64, which oneDNN has no kernels for.
Tensor exact(const Tensor& x) {
  return x.defined() ? x.to(torch::kDouble) : x;
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  const double scale = expected.abs().max().item<double>();
  EXPECT_LT((actual.to(torch::kDouble) - expected).abs().max().item<double>(), tolerance * scale);
}

TEST(OneDnnTest, LinearIsTorchsWithAndWithoutBiasInAnyShape) {
  const Tensor weight = formula_values(2, {24, 40}), bias = formula_values(3, {24});
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{40}, {3, 40}, {2, 5, 40}, {0, 40}}) {
    const Tensor x = formula_values(1, shape);
    const torch::NoGradGuard no_grad;
    for (const Tensor& added : {bias, Tensor()}) {
      const Tensor expected = torch::linear(exact(x), exact(weight), exact(added));
      const Tensor actual = nn::linear(x, weight, added);
      if (x.numel() == 0) {
        EXPECT_EQ(actual.sizes(), expected.sizes());
      } else {
        expect_close(actual, expected, 1e-6);
      }
    }
  }
}

TEST(OneDnnTest, LinearHasItsGradient) {
  const Tensor x = formula_values(1, {3, 8}).requires_grad_(), weight = formula_values(2, {5, 8});
  nn::linear(x, weight, {}).sum().backward();
  EXPECT_TRUE(torch::allclose(x.grad(), weight.sum(0).expand({3, 8})));
}

TEST(OneDnnTest, ABiasThatAloneIsTrainedHasItsGradient) {
  const Tensor bias = formula_values(3, {24}).requires_grad_();
  nn::linear(formula_values(1, {5, 40}), formula_values(2, {24, 40}), bias).sum().backward();
  EXPECT_TRUE(torch::equal(bias.grad(), torch::full({24}, 5.0F)));
}

TEST(OneDnnTest, PackedConvolutionIsTorchs) {
  for (const auto& [kernel, stride, padding] :
       std::vector<std::array<std::int64_t, 3>>{{3, 1, 1}, {3, 2, 0}, {3, 2, 1}, {1, 1, 0}}) {
    const Tensor weight = formula_values(1, {32, 16, kernel, kernel}), bias = formula_values(2, {32});
    for (const auto dtype : {torch::kFloat, torch::kBFloat16}) {
      const Tensor packed = nn::pack_convolution(weight.to(dtype), stride, padding, {1, 16, 12, 12});
      if (!packed.defined()) continue;           // this processor cannot, or there is no oneDNN
      for (const std::int64_t batch : {1, 5}) {  // 5: right for other sizes too, only slower
        const Tensor x =
            formula_values(3, {batch, 16, 12, 12}).to(dtype).contiguous(torch::MemoryFormat::ChannelsLast);
        const torch::NoGradGuard no_grad;
        const Tensor y = nn::convolve_packed(x, packed, bias.to(dtype), stride, padding);
        EXPECT_TRUE(y.is_contiguous(torch::MemoryFormat::ChannelsLast));
        expect_close(y,
                     torch::conv2d(exact(x), exact(weight.to(dtype)), exact(bias.to(dtype)), stride, padding),
                     dtype == torch::kFloat ? 1e-6 : 1e-2);
      }
    }
  }
}

TEST(OneDnnTest, AConvolutionPacksForEverySizeThatComes) {
  nn::Conv2d convolution(16, 32, 3, 1, 1);
  const torch::NoGradGuard no_grad;
  convolution.weight.copy_(formula_values(1, {32, 16, 3, 3}));
  convolution.bias.copy_(formula_values(2, {32}));
  convolution.pack();
  for (const auto& [batch, size] :
       std::vector<std::array<std::int64_t, 2>>{{1, 8}, {5, 8}, {5, 12}, {1, 8}, {1, 6}, {5, 6}, {5, 8}}) {
    const Tensor x = formula_values(3, {batch, 16, size, size}).contiguous(torch::MemoryFormat::ChannelsLast);
    expect_close(convolution.forward(x), torch::conv2d(x, convolution.weight, convolution.bias, 1, 1), 1e-5);
  }
}

TEST(OneDnnTest, WithoutOneDnnNothingIsPacked) {
  const Tensor weight = torch::ones({32, 16, 3, 3}), x = formula_values(1, {3, 8});
  const Tensor square = formula_values(2, {8, 8});
  at::globalContext().setUserEnabledMkldnn(false);
  const torch::NoGradGuard no_grad;
  const bool packed = nn::pack_convolution(weight, 1, 1, {1, 16, 8, 8}).defined();
  const Tensor y = nn::linear(x, square, {});
  at::globalContext().setUserEnabledMkldnn(true);
  EXPECT_FALSE(packed);
  expect_close(y, torch::linear(exact(x), exact(square)), 1e-6);
}

TEST(OneDnnTest, OtherTypesAreNotPacked) {
  EXPECT_FALSE(nn::pack_convolution(torch::ones({4, 4, 3, 3}, torch::kDouble), 1, 1, {1, 4, 8, 8}).defined());
}

}  // namespace
}  // namespace glyffuser

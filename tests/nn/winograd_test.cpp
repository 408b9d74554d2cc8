#include "glyffuser/nn/winograd.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <vector>

#include "glyffuser/nn/layers.hpp"
#include "glyffuser/nn/winograd_kernels.hpp"
#include "tests/nn/formula.hpp"

namespace glyffuser {
namespace {

using testing::formula_values;
using torch::Tensor;

struct Sizes {
  std::int64_t batch, in, out, height, width;
};

// One tile; blocks that are full and one that is not; maps wider than high; 36 tiles of two kinds of
// channels.
const std::vector<Sizes> kSizes = {
    {1, 16, 16, 4, 4}, {3, 32, 48, 32, 32}, {2, 48, 16, 4, 12}, {1, 144, 32, 24, 24}};

struct Convolution {
  explicit Convolution(const Sizes& s)
      : x(formula_values(1, {s.batch, s.in, s.height, s.width})),
        weight(formula_values(2, {s.out, s.in, 3, 3})),
        bias(formula_values(3, {s.out})) {}

  Tensor exact() const {
    return torch::conv2d(x.to(torch::kDouble), weight.to(torch::kDouble), bias.to(torch::kDouble), 1, 1);
  }
  Tensor winograd() const { return nn::winograd_convolve(x, nn::winograd_weight(weight), bias); }

  Tensor x, weight, bias;
};

double largest(const Tensor& x) {
  return x.abs().max().item<double>();
}

void expect_close(const Tensor& actual, const Tensor& expected) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  EXPECT_LT(largest(actual.to(torch::kDouble) - expected), 3e-6 * largest(expected));
}

TEST(WinogradTest, ConvolvesAsTorchDoes) {
  for (const Sizes& sizes : kSizes) {
    const Convolution convolution(sizes);
    const Tensor y = convolution.winograd();
    EXPECT_TRUE(y.is_contiguous(torch::MemoryFormat::ChannelsLast));
    expect_close(y, convolution.exact());
  }
}

TEST(WinogradTest, MultipliesAnyNumberOfRows) {
  const std::int64_t depth = 200, width = 48;
  const Tensor weight = formula_values(1, {depth, width});
  const Tensor panels = weight.view({depth, -1, nn::kernels::kWinogradChannels}).transpose(0, 1).contiguous();
  for (std::int64_t rows = 1; rows <= 30; ++rows) {
    const Tensor values = formula_values(2, {rows, depth}), products = torch::full({rows + 1, width}, 5.0F);
    nn::kernels::winograd_multiply({values.const_data_ptr<float>(), panels.const_data_ptr<float>(), rows,
                                    depth, width, products.data_ptr<float>()});
    expect_close(products.narrow(0, 0, rows),
                 torch::mm(values.to(torch::kDouble), weight.to(torch::kDouble)));
    EXPECT_TRUE(products[rows].eq(5).all().item<bool>()) << rows;
  }
}

TEST(WinogradTest, TheLayoutOfTheInputDoesNotMatter) {
  Convolution convolution(kSizes[1]);
  const Tensor y = convolution.winograd();
  convolution.x = convolution.x.contiguous(torch::MemoryFormat::ChannelsLast);
  convolution.weight = convolution.weight.contiguous(torch::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(torch::equal(convolution.winograd(), y));
}

TEST(WinogradTest, HasTheGradientsOfAConvolution) {
  for (const Sizes& sizes : kSizes) {
    Convolution convolution(sizes);
    const Tensor dy = formula_values(4, {sizes.batch, sizes.out, sizes.height, sizes.width});
    const auto gradients = [&](torch::Dtype dtype, const auto& convolve) {
      std::vector<Tensor> inputs;
      for (const Tensor& t : {convolution.x, convolution.weight, convolution.bias})
        inputs.push_back(t.to(dtype).clone().requires_grad_());
      convolve(inputs).backward(dy.to(dtype));
      return std::vector{inputs[0].grad(), inputs[1].grad(), inputs[2].grad()};
    };
    const auto expected = gradients(torch::kDouble, [](const std::vector<Tensor>& in) {
      return torch::conv2d(in[0], in[1], in[2], 1, 1);
    });
    const auto actual = gradients(torch::kFloat, [](const std::vector<Tensor>& in) {
      return nn::winograd_conv2d(in[0], in[1], in[2]);
    });
    for (std::size_t k = 0; k < expected.size(); ++k) expect_close(actual[k], expected[k]);
  }
}

TEST(WinogradTest, WhatNeedsNoGradientGetsNone) {
  const Convolution convolution(kSizes[1]);
  const Tensor weight = convolution.weight.clone().requires_grad_();
  nn::winograd_conv2d(convolution.x, weight, convolution.bias).sum().backward();
  EXPECT_TRUE(weight.grad().defined());
  EXPECT_FALSE(convolution.x.grad().defined());
}

TEST(WinogradTest, RoundsLittleMoreThanTheDirectWay) {
  const Convolution convolution(kSizes[3]);
  const Tensor exact = convolution.exact();
  const auto error = [&](const Tensor& y) { return (y.to(torch::kDouble) - exact).std().item<double>(); };
  const Tensor direct = torch::conv2d(convolution.x, convolution.weight, convolution.bias, 1, 1);
  EXPECT_LT(error(convolution.winograd()), 3 * error(direct));
}

// In one chain of additions the rounding errors of so many numbers of one sign would pile up.
TEST(WinogradTest, ALongSumIsMadeOfParts) {
  const std::int64_t depth = 768, rows = 12, width = nn::kernels::kWinogradChannels;
  const Tensor values = formula_values(1, {rows, depth}).abs(),
               weight = formula_values(2, {depth, width}).abs();
  const Tensor products = torch::empty({rows, width});
  nn::kernels::winograd_multiply({values.const_data_ptr<float>(), weight.const_data_ptr<float>(), rows, depth,
                                  width, products.data_ptr<float>()});
  Tensor chain = torch::zeros({rows, width});
  for (std::int64_t k = 0; k < depth; ++k) chain += values.narrow(1, k, 1) * weight.narrow(0, k, 1);
  const Tensor exact = torch::mm(values.to(torch::kDouble), weight.to(torch::kDouble));
  const auto error = [&](const Tensor& y) {
    return (y.to(torch::kDouble) - exact).square().mean().item<double>();
  };
  EXPECT_LT(error(products), error(chain) / 9);
}

TEST(WinogradTest, EqualCallsGiveEqualBytes) {
  const Convolution convolution(kSizes[3]);
  EXPECT_TRUE(torch::equal(convolution.winograd(), convolution.winograd()));
}

/// LibTorch's number of threads, for its lifetime.
struct Threads {
  explicit Threads(int count) : before(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before); }
  int before;
};

TEST(WinogradTest, AnyNumberOfThreadsDoesTheSame) {
  const auto gradients = [](const Convolution& c) {
    std::vector<Tensor> inputs;
    for (const Tensor& t : {c.x, c.weight, c.bias}) inputs.push_back(t.clone().requires_grad_());
    nn::winograd_conv2d(inputs[0], inputs[1], inputs[2]).square().sum().backward();
    return std::vector{inputs[0].grad(), inputs[1].grad(), inputs[2].grad()};
  };
  for (const Sizes& sizes : kSizes) {
    const Convolution convolution(sizes);
    const Threads one(1);
    const Tensor y = convolution.winograd();
    const std::vector<Tensor> expected = gradients(convolution);
    for (const int count : {2, 3, 40}) {  // 40: more than there are tiles
      const Threads several(count);
      EXPECT_TRUE(torch::equal(convolution.winograd(), y)) << count;
      const std::vector<Tensor> actual = gradients(convolution);
      for (std::size_t i = 0; i < actual.size(); ++i) expect_close(actual[i], expected[i].to(torch::kDouble));
    }
  }
}

TEST(WinogradTest, TakesLargeConvolutionsOfThreeByThreeInFloat) {
  const Tensor x = torch::zeros({8 * at::get_num_threads(), 32, 8, 8}), weight = torch::zeros({16, 32, 3, 3});
  EXPECT_TRUE(nn::takes_winograd(x, weight, 1, 1));
  EXPECT_FALSE(nn::takes_winograd(x, weight, 2, 1));
  EXPECT_FALSE(nn::takes_winograd(x, weight, 1, 0));
  EXPECT_FALSE(nn::takes_winograd(x, torch::zeros({16, 32, 1, 1}), 1, 1));
  EXPECT_FALSE(nn::takes_winograd(x, torch::zeros({24, 32, 3, 3}), 1, 1));
  EXPECT_FALSE(nn::takes_winograd(x.slice(2, 0, 6), weight, 1, 1));
  EXPECT_FALSE(nn::takes_winograd(x.to(torch::kDouble), weight.to(torch::kDouble), 1, 1));
  EXPECT_FALSE(nn::takes_winograd(x.to(torch::kBFloat16), weight.to(torch::kBFloat16), 1, 1));
}

TEST(WinogradTest, SmallBatchesGoThisWayOnlyWithoutAGradient) {
  const Tensor x = torch::zeros({2 * at::get_num_threads(), 32, 8, 8}), weight = torch::zeros({16, 32, 3, 3});
  EXPECT_FALSE(nn::takes_winograd(x, weight, 1, 1));
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(nn::takes_winograd(x, weight, 1, 1));
  EXPECT_FALSE(nn::takes_winograd(x.slice(0, 0, 1).slice(2, 0, 4), weight, 1, 1));
}

TEST(WinogradTest, AConvolutionOfTheNetworkGoesThisWay) {
  const Threads two(2);  // with very many its tiles would be too few
  const Convolution convolution(kSizes[1]);
  nn::Conv2d layer(32, 48, 3, 1, 1);
  const torch::NoGradGuard no_grad;
  layer.weight.copy_(convolution.weight);
  layer.bias.copy_(convolution.bias);
  const Tensor y = convolution.winograd();
  EXPECT_TRUE(torch::equal(layer.forward(convolution.x), y));
  layer.pack();
  EXPECT_TRUE(torch::equal(layer.forward(convolution.x), y));
}

}  // namespace
}  // namespace glyffuser

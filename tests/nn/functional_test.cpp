// The fused forms against LibTorch's compositions, values and gradients.
#include "glyffuser/nn/functional.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tests/nn/formula.hpp"

namespace glyffuser {
namespace {

using nn::Activation;
using testing::formula_values;
using torch::Tensor;

struct GroupNormInputs {
  Tensor x, shift, weight, bias;

  GroupNormInputs to(torch::Dtype dtype) const {
    const auto leaf = [](const Tensor& t, torch::Dtype as) { return t.to(as).detach().requires_grad_(); };
    const auto affine = dtype == torch::kBFloat16 ? torch::kFloat : dtype;
    return {leaf(x, dtype), shift.defined() ? leaf(shift, dtype) : shift, leaf(weight, affine),
            leaf(bias, affine)};
  }
};

/// More pixels than a piece has, a mean far from 0, and channels that no vector length divides.
GroupNormInputs inputs(bool shift) {
  GroupNormInputs in;
  in.x = 3 * formula_values(1, {2, 12, 37, 41}) + 5;
  if (shift) in.shift = formula_values(2, {2, 12});
  in.weight = formula_values(3, {12}) + 1;
  in.bias = formula_values(4, {12});
  return in;
}

std::vector<Tensor> results(const GroupNormInputs& in, Activation activation) {
  const Tensor y = nn::group_norm(in.x, in.shift, in.weight, in.bias, 4, 1e-5, activation);
  (y * formula_values(5, y.sizes()).to(y.scalar_type())).sum().backward();
  std::vector<Tensor> all = {y.detach(), in.x.grad(), in.weight.grad(), in.bias.grad()};
  if (in.shift.defined()) all.push_back(in.shift.grad());
  return all;
}

void expect_close(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected, double tolerance) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(actual[i].sizes(), expected[i].sizes()) << i;
    const double scale = expected[i].abs().max().item<double>();
    EXPECT_LT((actual[i].to(torch::kDouble) - expected[i]).abs().max().item<double>() / scale, tolerance)
        << "result " << i;
  }
}

TEST(GroupNormTest, IsTheCompositionInFloat64) {
  for (const bool shift : {false, true}) {
    for (const Activation activation : {Activation::none, Activation::silu}) {
      const GroupNormInputs in = inputs(shift);
      const auto expected = results(in.to(torch::kDouble), activation);
      expect_close(results(in.to(torch::kFloat), activation), expected, 2e-5);
      GroupNormInputs rounded = in;
      rounded.x = in.x.to(torch::kBFloat16).to(torch::kFloat);
      if (shift) rounded.shift = in.shift.to(torch::kBFloat16).to(torch::kFloat);
      expect_close(results(in.to(torch::kBFloat16), activation),
                   results(rounded.to(torch::kDouble), activation), 2e-2);
    }
  }
}

TEST(GroupNormTest, DoesNotDependOnThreadsOrMemoryFormat) {
  const GroupNormInputs in = inputs(true).to(torch::kFloat);
  const int threads = torch::get_num_threads();
  const auto run = [&] {
    const torch::NoGradGuard no_grad;
    return nn::group_norm(in.x, in.shift, in.weight, in.bias, 4, 1e-5, Activation::silu);
  };
  torch::set_num_threads(1);
  const Tensor one = run();
  torch::set_num_threads(3);
  EXPECT_TRUE(torch::equal(run(), one));
  torch::set_num_threads(threads);
  EXPECT_TRUE(one.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

TEST(GroupNormTest, ConstantAndHugeValuesStayFinite) {
  const Tensor weight = torch::ones({8}), bias = torch::zeros({8});
  const Tensor constant = torch::full({1, 8, 4, 4}, 1000.0);
  EXPECT_LT(nn::group_norm(constant, {}, weight, bias, 2, 1e-5, Activation::none).abs().max().item<float>(),
            0.1);  // 1000 has a distance of 6e-5 to its neighbours, here times 316
  const Tensor large = 1e4 * formula_values(1, {1, 8, 4, 4});
  EXPECT_TRUE(
      nn::group_norm(large, {}, 100 * weight, bias, 2, 1e-5, Activation::silu).isfinite().all().item<bool>());
  // The sums of 65535 equal values, seen from the one other, round to a variance below 0.
  Tensor outlier = torch::full({1, 1, 256, 256}, 1315.8535F);
  outlier[0][0][0][0] = 0;
  EXPECT_TRUE(
      nn::group_norm(outlier, {}, weight.narrow(0, 0, 1), bias.narrow(0, 0, 1), 1, 1e-5, Activation::none)
          .isfinite()
          .all()
          .item<bool>());
}

TEST(GroupNormTest, SiluOfWhatIsFarBelowZeroIsZero) {
  const Tensor x = torch::tensor({-1.0F, 1.0F}).view({1, 1, 1, 2});
  const Tensor y =
      nn::group_norm(x, {}, torch::full({1}, 200.0F), torch::zeros({1}), 1, 1e-5, Activation::silu);
  EXPECT_NEAR(y[0][0][0][0].item<double>(), 0, 1e-30);
  EXPECT_NEAR(y[0][0][0][1].item<double>(), 200, 0.01);
}

TEST(GroupNormTest, NeitherMemoryFormatOfTheGradientMatters) {
  const auto gradient = [](const auto& loss) {
    GroupNormInputs in = inputs(true).to(torch::kFloat);
    loss(nn::group_norm(in.x, in.shift, in.weight, in.bias, 4, 1e-5, Activation::silu)).backward();
    return in.x.grad();
  };
  const Tensor one = torch::ones({2, 12, 37, 41});
  const Tensor dense = gradient([&](const Tensor& y) { return (y * one).sum(); });
  EXPECT_TRUE(torch::allclose(gradient([](const Tensor& y) { return y.sum(); }), dense, 1e-5, 1e-6));
}

TEST(GegluTest, IsTheCompositionInFloat64) {
  const Tensor x = 8 * formula_values(1, {3, 5, 2 * 21});
  const auto run = [&](const Tensor& input) {
    const Tensor leaf = input.detach().requires_grad_();
    const Tensor y = nn::geglu(leaf);
    (y * formula_values(2, y.sizes()).to(y.scalar_type())).sum().backward();
    return std::vector<Tensor>{y.detach(), leaf.grad()};
  };
  expect_close(run(x), run(x.to(torch::kDouble)), 1e-6);
  const Tensor half = x.to(torch::kBFloat16);
  expect_close(run(half), run(half.to(torch::kDouble)), 1e-2);
}

TEST(GegluTest, NeitherTheLayoutOfValuesNorOfGradientsMatters) {
  const Tensor dense = formula_values(1, {5, 2 * 8}).requires_grad_();
  const Tensor turned = dense.detach().t().contiguous().t().requires_grad_();
  ASSERT_FALSE(turned.is_contiguous());
  const Tensor y = nn::geglu(dense);
  (y * torch::ones({5, 8})).sum().backward();
  const Tensor z = nn::geglu(turned);
  z.sum().backward();  // whose gradient is one number for all
  EXPECT_TRUE(torch::equal(z, y));
  EXPECT_TRUE(torch::equal(turned.grad(), dense.grad()));
}

TEST(GegluTest, NotANumberStaysOne) {
  Tensor x = torch::zeros({1, 4});
  x[0][2] = std::numeric_limits<float>::quiet_NaN();
  const Tensor y = nn::geglu(x);
  EXPECT_TRUE(y[0][0].isnan().item<bool>());
  EXPECT_EQ(y[0][1].item<float>(), 0.0F);
}

}  // namespace
}  // namespace glyffuser

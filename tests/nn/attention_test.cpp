#include "glyffuser/nn/attention.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <cmath>

#include "glyffuser/tensor/device.hpp"
#include "tests/nn/formula.hpp"

namespace glyffuser {
namespace {

using testing::formula_values;
using torch::Tensor;

std::vector<Tensor> attend_and_gradients(std::vector<Tensor> inputs, const Tensor& bias) {
  for (Tensor& input : inputs) input = input.detach().requires_grad_();
  const Tensor y = nn::attend(inputs[0], inputs[1], inputs[2], 3, bias);
  (y * formula_values(4, y.sizes()).to(y.device(), y.scalar_type())).sum().backward();
  return {y.detach(), inputs[0].grad(), inputs[1].grad(), inputs[2].grad()};
}

TEST(AttendTest, TrainingInBfloat16IsTheFusedOneInFloat64) {
  const std::vector<Tensor> inputs = {3 * formula_values(1, {2, 10, 24}), 3 * formula_values(2, {2, 37, 24}),
                                      formula_values(3, {2, 37, 24})};
  Tensor bias = torch::zeros({2, 1, 37});
  bias[0].slice(1, 20).fill_(-10000);  // every text has its own mask
  bias[1].slice(1, 30).fill_(-10000);
  for (const Tensor& added : {bias, Tensor()}) {
    std::vector<Tensor> halves, doubles;
    for (const Tensor& input : inputs) {
      halves.push_back(input.to(torch::kBFloat16));
      doubles.push_back(halves.back().to(torch::kDouble));
    }
    const auto actual = attend_and_gradients(halves, added);
    const auto expected = attend_and_gradients(doubles, added);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double scale = expected[i].abs().max().item<double>();
      EXPECT_LT((actual[i].to(torch::kDouble) - expected[i]).abs().max().item<double>() / scale, 2e-2) << i;
    }
  }
  EXPECT_FALSE(torch::allclose(attend_and_gradients(inputs, bias)[0], attend_and_gradients(inputs, {})[0]));
}

TEST(AttendTest, MaskedKeysGetNoGradient) {
  std::vector<Tensor> inputs;
  for (int i = 1; i <= 3; ++i) inputs.push_back(formula_values(i, {1, 8, 24}).to(torch::kBFloat16));
  Tensor bias = torch::zeros({1, 1, 8});
  bias.slice(2, 5).fill_(-10000);
  const auto results = attend_and_gradients(inputs, bias);
  EXPECT_EQ(results[2].slice(1, 5).abs().max().item<float>(), 0);
  EXPECT_EQ(results[3].slice(1, 5).abs().max().item<float>(), 0);
  EXPECT_GT(results[3].slice(1, 0, 5).abs().max().item<float>(), 0);
}

TEST(AttendTest, ScoresFarFromZeroAreSharedOutToo) {
  const Tensor q = torch::ones({1, 4, 64}, torch::kBFloat16);
  const Tensor v = formula_values(1, {1, 8, 64}).to(torch::kBFloat16);
  const Tensor mean = v.to(torch::kFloat).mean(1, true).expand({1, 4, 64});
  for (const double key : {-24.0, 24.0}) {  // scores of 64 · key / 8
    const Tensor y = nn::attend(q, torch::full({1, 8, 64}, key, torch::kBFloat16), v, 1, {});
    EXPECT_TRUE(torch::allclose(y.to(torch::kFloat), mean, 0, 4e-3)) << key;
  }
}

TEST(AttendTest, GradientsOnAGpuAreFiniteWhereAllScoresAreFarBelowZero) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  tune_for_training(torch::kCUDA);
  std::vector<Tensor> inputs;
  for (int i = 1; i <= 3; ++i)
    inputs.push_back(formula_values(i, {2, 64, 192}).to(torch::kCUDA, torch::kBFloat16));
  for (std::int64_t head = 0; head < 3; ++head) {
    inputs[0].select(2, 64 * head).fill_(1);
    inputs[1].select(2, 64 * head).fill_(-120 * std::sqrt(64.0));
  }
  for (const Tensor& result : attend_and_gradients(inputs, torch::zeros({2, 1, 64}, torch::kCUDA)))
    EXPECT_TRUE(result.isfinite().all().item<bool>());
}

TEST(TokensTest, NeedNoCopyInChannelsLastAndKeepTheFormat) {
  const torch::Tensor x = formula_values(1, {2, 4, 3, 5});
  const torch::Tensor last = x.contiguous(torch::MemoryFormat::ChannelsLast);
  EXPECT_EQ(nn::to_tokens(last).data_ptr(), last.data_ptr());
  EXPECT_TRUE(torch::equal(nn::to_tokens(last), nn::to_tokens(x)));
  EXPECT_EQ((nn::to_tokens(x)[1][7][2].item<float>()), (x[1][2][1][2].item<float>()));
  EXPECT_TRUE(torch::equal(nn::add_tokens(x, nn::to_tokens(x)), 2 * x));
  EXPECT_TRUE(nn::add_tokens(x, nn::to_tokens(x)).is_contiguous());
  EXPECT_TRUE(nn::add_tokens(last, nn::to_tokens(x)).is_contiguous(torch::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace glyffuser

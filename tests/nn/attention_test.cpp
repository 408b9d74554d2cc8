#include "glyffuser/nn/attention.hpp"

#include <gtest/gtest.h>

#include "tests/nn/formula.hpp"

namespace glyffuser {
namespace {

using testing::formula_values;

TEST(AttendTest, BothPathsAgree) {
  const auto options = torch::kDouble;  // as bfloat16 takes the path per head when it trains
  const torch::Tensor q = formula_values(1, {2, 10, 24}).to(options),
                      k = formula_values(2, {2, 7, 24}).to(options);
  const torch::Tensor v = formula_values(3, {2, 7, 24}).to(options);
  torch::Tensor bias = torch::zeros({2, 1, 7});
  bias.slice(2, 5).fill_(-10000);
  const torch::Tensor fused = nn::attend(q, k, v, 3, bias);
  const torch::Tensor per_head = nn::attend(q.clone().requires_grad_(), k, v, 3, bias);
  EXPECT_LT((fused - per_head).abs().max().item<double>(), 1e-12);
  EXPECT_FALSE(torch::allclose(fused, nn::attend(q, k, v, 3, {})));
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

#include "glyffuser/nn/embeddings.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace glyffuser {
namespace {

TEST(TimestepEmbeddingTest, IsSinesAndCosinesOfFallingFrequency) {
  const torch::Tensor embedding = nn::timestep_embedding(torch::tensor({0, 500}), 6, true, 0);
  ASSERT_EQ(embedding.sizes(), (std::vector<std::int64_t>{2, 6}));
  for (int k = 0; k < 3; ++k) {
    const double angle = 500 * std::pow(10000.0, -k / 3.0);
    EXPECT_NEAR(embedding[1][k].item<double>(), std::cos(angle), 1e-4);
    EXPECT_NEAR(embedding[1][3 + k].item<double>(), std::sin(angle), 1e-4);
    EXPECT_EQ(embedding[0][k].item<double>(), 1);
    EXPECT_EQ(embedding[0][3 + k].item<double>(), 0);
  }
}

TEST(TimestepEmbeddingTest, FlipShiftAndOddWidthAreDiffusers) {
  const torch::Tensor embedding = nn::timestep_embedding(torch::tensor({500}), 5, false, 1);
  ASSERT_EQ(embedding.size(1), 5);
  EXPECT_NEAR(embedding[0][0].item<double>(), std::sin(500.0), 1e-4);
  EXPECT_NEAR(embedding[0][1].item<double>(), std::sin(500.0 / 10000),
              1e-6);  // the shift ends it at 1 / 10000
  EXPECT_NEAR(embedding[0][2].item<double>(), std::cos(500.0), 1e-4);
  EXPECT_EQ(embedding[0][4].item<double>(), 0);
}

TEST(AttentionPoolingTest, TheLearnedVectorBeginsAsDiffusersDoes) {
  nn::AttentionPooling pooling(4, 1024);
  pooling.reset(at::make_generator<at::CPUGeneratorImpl>(std::uint64_t{1}));  // randn(1, width) / width^0.5
  EXPECT_NEAR(pooling.named_parameters()["positional_embedding"].std().item<double>(), 1.0 / 32, 0.1 / 32);
}

}  // namespace
}  // namespace glyffuser

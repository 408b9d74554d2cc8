#include "glyffuser/umap/quality.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(QualityTest, AFaithfulMapKeepsEverything) {
  torch::manual_seed(2);
  const torch::Tensor points = torch::randn({200, 2});
  const Quality quality = measure_quality(points, points * 3 + 1, 10, 1000, 0);
  EXPECT_EQ(quality.queries, 200);
  EXPECT_EQ(quality.trustworthiness, 1);
  EXPECT_EQ(quality.neighbours_kept, 1);
  EXPECT_EQ(quality.triplet_order, 1);
}

TEST(QualityTest, AMapAtRandomIsChance) {
  torch::manual_seed(3);
  const Quality quality = measure_quality(torch::randn({600, 5}), torch::randn({600, 2}), 15, 600, 0);
  EXPECT_NEAR(quality.trustworthiness, 0.5, 0.03);
  EXPECT_NEAR(quality.neighbours_kept, 15.0 / 599, 0.01);
  EXPECT_NEAR(quality.triplet_order, 0.5, 0.01);
}

TEST(QualityTest, TrustworthinessByHand) {
  // On a line 0 1 2 3 4 5 the map exchanges 1 and 5; k = 1, all 6 queries.
  const torch::Tensor points = torch::arange(6).to(torch::kFloat32).unsqueeze(1);
  const torch::Tensor line = torch::tensor({0.0F, 5.0F, 2.1F, 3.3F, 4.6F, 1.0F});
  const torch::Tensor map = torch::stack({line, torch::zeros(6)}, 1);
  // Nearest on the map, and its rank in space: 0: 5 (5), 1: 4 (4), 2: 5 (4), 3: 2 (1), 4: 1 (5), 5: 0 (5).
  const double excess = 4 + 3 + 3 + 0 + 4 + 4;
  EXPECT_NEAR(measure_quality(points, map, 1, 100, 0).trustworthiness, 1 - 2.0 / (6 * (12 - 3 - 1)) * excess,
              1e-12);
}

TEST(QualityTest, KIsLoweredForFewPoints) {
  torch::manual_seed(4);
  const Quality quality = measure_quality(torch::randn({10, 3}), torch::randn({10, 2}), 15, 1000, 0);
  EXPECT_EQ(quality.k, 4);
  EXPECT_GE(quality.trustworthiness, 0);
  EXPECT_LE(quality.trustworthiness, 1);
}

TEST(QualityTest, EqualSeedsMeasureTheSame) {
  torch::manual_seed(5);
  const torch::Tensor points = torch::randn({400, 6}), map = torch::randn({400, 2});
  const Quality a = measure_quality(points, map, 15, 50, 7), b = measure_quality(points, map, 15, 50, 7);
  EXPECT_EQ(a.trustworthiness, b.trustworthiness);
  EXPECT_EQ(a.triplet_order, b.triplet_order);
  EXPECT_EQ(a.queries, 50);
  EXPECT_NE(measure_quality(points, map, 15, 50, 8).trustworthiness, a.trustworthiness);
}

TEST(QualityTest, TripletsInTheOppositeOrderAreNone) {
  // From each of 0, 1 and 10 the farther of the others is the nearer one on the map.
  const torch::Tensor points = torch::tensor({{0.0F, 0.0F}, {1.0F, 0.0F}, {10.0F, 0.0F}});
  const torch::Tensor map = torch::tensor({{0.0F, 0.0F}, {2.5F, 0.0F}, {1.0F, 0.0F}});
  EXPECT_EQ(measure_quality(points, map, 1, 3, 0).triplet_order, 0);
}

}  // namespace
}  // namespace glyffuser

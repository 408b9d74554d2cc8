#include "glyffuser/umap/pca.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

TEST(PcaTest, FindsTheDirectionsThatPointsSpreadAlong) {
  torch::manual_seed(5);
  const torch::Tensor spread = torch::tensor({3.0F, 1.0F, 0.1F});
  const torch::Tensor points = torch::randn({4000, 3}) * spread + 7;
  const Pca pca = fit_pca(points, 2);
  EXPECT_NEAR(pca.directions[0][0].item<double>(), 1, 0.01);
  EXPECT_NEAR(pca.directions[1][1].item<double>(), 1, 0.01);
  EXPECT_NEAR(pca.kept, 10 / 10.01, 1e-3);
  const torch::Tensor projected = pca.project(points);
  EXPECT_NEAR(projected.mean().item<double>(), 0, 1e-4);
  EXPECT_NEAR(projected.select(1, 0).std().item<double>(), 3, 0.1);
}

TEST(PcaTest, AllComponentsKeepDistances) {
  torch::manual_seed(6);
  const torch::Tensor points = torch::randn({30, 5});
  const Pca pca = fit_pca(points, 100);
  EXPECT_EQ(pca.directions.size(1), 5);
  EXPECT_NEAR(pca.kept, 1, 1e-9);
  EXPECT_TRUE(torch::allclose(torch::pdist(pca.project(points)), torch::pdist(points), 1e-4, 1e-5));
}

TEST(PcaTest, EqualPointsHaveNoDirection) {
  const Pca pca = fit_pca(torch::full({10, 4}, 0.5), 3);
  EXPECT_EQ(pca.kept, 1);
  EXPECT_EQ(pca.project(torch::full({2, 4}, 0.5)).abs().max().item<float>(), 0);
}

TEST(PcaTest, FewPointsHaveFewDirections) {
  torch::manual_seed(7);
  EXPECT_EQ(fit_pca(torch::randn({4, 10}), 8).directions.size(1), 4);
}

}  // namespace
}  // namespace glyffuser

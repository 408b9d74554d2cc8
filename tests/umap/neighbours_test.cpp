#include "glyffuser/umap/neighbours.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace glyffuser {
namespace {

TEST(NeighboursTest, AreThoseOfTheWholeTableOfDistances) {
  torch::manual_seed(3);
  const torch::Tensor points = torch::randn({300, 7}) + 20;
  const Neighbours found = nearest_neighbours(points, points, 9, /*skip_own=*/true);
  torch::Tensor table = torch::cdist(points.to(torch::kFloat64), points.to(torch::kFloat64));
  table.fill_diagonal_(1e9);
  const auto [distance, index] = table.topk(9, 1, false, true);
  EXPECT_TRUE(torch::equal(found.index, index));
  EXPECT_TRUE(torch::allclose(found.distance.to(torch::kFloat64), distance, 1e-4, 1e-5));
}

TEST(NeighboursTest, OtherPointsMayCoincideWithTheirNeighbour) {
  torch::manual_seed(4);
  const torch::Tensor points = torch::randn({50, 3});
  const Neighbours found = nearest_neighbours(points.narrow(0, 10, 5), points, 1, /*skip_own=*/false);
  EXPECT_TRUE(torch::equal(found.index.flatten(), torch::arange(10, 15)));
  EXPECT_EQ(found.distance.max().item<float>(), 0);
}

TEST(NeighboursTest, DuplicatesComeInTheirOrderAndAtDistanceZero) {
  const torch::Tensor points = torch::full({6, 4}, 3.7);
  const Neighbours found = nearest_neighbours(points, points, 3, /*skip_own=*/true);
  EXPECT_TRUE(torch::equal(found.index[0], torch::tensor({1, 2, 3}, torch::kInt64)));
  EXPECT_TRUE(torch::equal(found.index[2], torch::tensor({0, 1, 3}, torch::kInt64)));
  EXPECT_EQ(found.distance.max().item<float>(), 0);
}

TEST(NeighboursTest, MoreThanThereAreIsRefused) {
  const torch::Tensor points = torch::randn({4, 2});
  EXPECT_THROW(nearest_neighbours(points, points, 4, true), std::invalid_argument);
  EXPECT_NO_THROW(nearest_neighbours(points, points, 4, false));
}

TEST(NeighboursTest, ProgressReachesTheEndAndMayStop) {
  const torch::Tensor points = torch::randn({20, 2});
  double last = 0;
  nearest_neighbours(points, points, 2, true, [&](double share) { last = share; });
  EXPECT_EQ(last, 1);
  EXPECT_THROW(nearest_neighbours(points, points, 2, true, [](double) { throw std::runtime_error(""); }),
               std::runtime_error);
}

TEST(NeighboursTest, ComponentsOfTheGraphAreCounted) {
  const torch::Tensor cluster = torch::tensor({0.0F, 1.0F, 2.1F, 3.3F}).unsqueeze(1);
  EXPECT_EQ(graph_components(nearest_neighbours(cluster, cluster, 2, true)), 1);
  const torch::Tensor apart = torch::cat({cluster, cluster + 100, cluster + 500});
  EXPECT_EQ(graph_components(nearest_neighbours(apart, apart, 2, true)), 3);
}

TEST(NeighboursTest, OfManyPointsNoneIsItsOwn) {
  torch::manual_seed(5);
  const torch::Tensor points = torch::randn({5000, 2});  // more than are measured at once
  const Neighbours found = nearest_neighbours(points, points, 1, /*skip_own=*/true);
  EXPECT_FALSE((found.index.flatten() == torch::arange(5000)).any().item<bool>());
  EXPECT_EQ(found.index[4321].item<std::int64_t>(), (points - points[4321])
                                                        .norm(2, 1)
                                                        .index_fill(0, torch::tensor({4321}), 1e9)
                                                        .argmin()
                                                        .item<std::int64_t>());
}

}  // namespace
}  // namespace glyffuser

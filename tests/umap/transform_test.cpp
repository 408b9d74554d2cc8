#include "glyffuser/umap/transform.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace glyffuser {
namespace {

TEST(TransformTest, ATrainingPointLandsOnItsOwnPlace) {
  torch::manual_seed(1);
  const torch::Tensor points = torch::randn({100, 5});
  const torch::Tensor places = torch::randn({100, 2});
  const Neighbours nearest = nearest_neighbours(points, points, 8, /*skip_own=*/false);
  EXPECT_TRUE(torch::equal(places_among(nearest, places), places));
}

TEST(TransformTest, APointThatDiffersByRoundingAloneIsTheSame) {
  const Neighbours nearest{torch::arange(3).unsqueeze(0), torch::tensor({{1e-6F, 1.0F, 1.5F}})};
  const torch::Tensor places = torch::tensor({{1.0F, 2.0F}, {50.0F, 50.0F}, {-50.0F, 90.0F}});
  EXPECT_TRUE(torch::equal(places_among(nearest, places)[0], places[0]));
}

TEST(TransformTest, WeightsSumUpToLog2OfTheirNumber) {
  const std::vector<float> distance = {1.0F, 1.5F, 2.5F, 4.0F};
  // Places of which one coordinate shows the weights: the mean of (1, 0, 0, 0) is the first one's share.
  const torch::Tensor places = torch::tensor({{1.0F, 0.0F}, {0.0F, 1.0F}, {0.0F, 0.0F}, {0.0F, 0.0F}});
  const Neighbours nearest{torch::arange(4).unsqueeze(0), torch::tensor(distance).unsqueeze(0)};
  const torch::Tensor place = places_among(nearest, places);
  double low = 1e-3, high = 1e3;
  const auto sum = [&](double sigma) {
    double total = 0;
    for (const float d : distance) total += std::exp(-d / sigma);
    return total;
  };
  for (int i = 0; i < 100; ++i) (sum((low + high) / 2) < 2 ? low : high) = (low + high) / 2;
  EXPECT_NEAR(place[0][0].item<double>(), std::exp(-1 / low) / 2, 1e-5);
  EXPECT_NEAR(place[0][1].item<double>(), std::exp(-1.5 / low) / 2, 1e-5);
}

TEST(TransformTest, APlaceDoesNotDependOnOtherPointsAndFarOnesStayOnTheMap) {
  torch::manual_seed(2);
  const torch::Tensor points = torch::randn({60, 4});
  const torch::Tensor places = torch::rand({60, 2});
  const torch::Tensor queries = torch::cat({torch::randn({3, 4}), torch::full({1, 4}, 1e4)});
  const auto place = [&](const torch::Tensor& q) {
    return places_among(nearest_neighbours(q, points, 6, false), places);
  };
  const torch::Tensor all = place(queries);
  EXPECT_TRUE(torch::equal(all[1], place(queries.narrow(0, 1, 1))[0]));
  EXPECT_TRUE((all >= 0).all().item<bool>() && (all <= 1).all().item<bool>());
}

}  // namespace
}  // namespace glyffuser

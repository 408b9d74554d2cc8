#include "glyffuser/umap/plane.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>

namespace glyffuser {
namespace {

torch::Tensor places() {
  torch::manual_seed(9);
  return torch::cat({torch::randn({300, 2}) + 6, torch::randn({300, 2}) - torch::tensor({6.0F, 0.0F})});
}

TEST(PlaneTest, FramesAreTheForwardProcessOfStandardisedPlaces) {
  const torch::Tensor all = places();
  const Plane plane = make_plane(all, {.timesteps = {0, 350}, .bandwidth = {}});
  ASSERT_EQ(plane.frames.size(), 2U);
  const PlaneFrame &first = plane.frames[0], &last = plane.frames[1];
  EXPECT_EQ(first.signal, 1);
  EXPECT_EQ(first.noise, 0);
  EXPECT_NEAR(last.signal, 0.53, 0.005);  // the article's figure
  EXPECT_NEAR(last.signal * last.signal + last.noise * last.noise, 1, 1e-6);
  EXPECT_NEAR(first.points.mean().item<double>(), 0, 1e-6);
  EXPECT_NEAR(first.points.std(0)[0].item<double>(), 1, 1e-6);
  EXPECT_NEAR(first.points[0][1].item<double>() * plane.deviation[1] + plane.mean[1],
              all[0][1].item<double>(), 1e-4);
  EXPECT_NEAR(last.points.std(0)[0].item<double>(), 1, 0.1);
  EXPECT_NEAR(first.bandwidth, scott_bandwidth(600), 1e-12);
  EXPECT_NEAR(last.bandwidth, std::hypot(last.signal * first.bandwidth, last.noise), 1e-9);
}

TEST(PlaneTest, ContoursAreOrderedByMassAndArrowsStayInTheirCells) {
  const Plane plane = make_plane(places(), {.timesteps = {0, 150}, .bandwidth = 0.3});
  for (const PlaneFrame& frame : plane.frames) {
    ASSERT_EQ(frame.contours.size(), 10U);
    EXPECT_GT(frame.contours.front().mass, frame.contours.back().mass);
    for (const MassContour& contour : frame.contours) EXPECT_FALSE(contour.paths.empty());
    EXPECT_EQ(frame.arrows.size(), 400U);
    double longest = 0;
    int faint = 0;
    for (const Arrow& arrow : frame.arrows) {
      longest = std::max(longest, std::hypot(arrow.u, arrow.v));
      faint += arrow.faint;
    }
    EXPECT_LE(longest, 2 * kPlaneView / 20 + 1e-9);
    EXPECT_GT(faint, 20);
    EXPECT_LT(faint, 380);
  }
  EXPECT_EQ(plane.frames[0].contours[0].paths.size(), 2U);  // two lobes
}

TEST(PlaneTest, AnEpsilonStopsTheScoreWhereThereIsNoData) {
  const PlaneOptions exact{.timesteps = {0}, .bandwidth = 0.2};
  PlaneOptions softened = exact;
  softened.score_epsilon = 1e-3;
  const auto corner = [](const Plane& plane) {
    return std::hypot(plane.frames[0].arrows[0].u, plane.frames[0].arrows[0].v);
  };
  EXPECT_GT(corner(make_plane(places(), exact)), 0.2);
  EXPECT_LT(corner(make_plane(places(), softened)), 1e-3);
}

TEST(PlaneTest, PlacesThatAgreeMakeOneHill) {
  const Plane plane = make_plane(torch::full({12, 2}, 4.0), {.timesteps = {0, 75}, .bandwidth = {}});
  EXPECT_EQ(plane.deviation[0], 1);
  EXPECT_EQ(plane.frames[0].contours[0].paths.size(), 1U);
  EXPECT_TRUE(std::isfinite(plane.frames[1].arrows[0].u));
}

TEST(PlaneTest, NoiseIsOfTheSeedAndTheTimeStep) {
  const torch::Tensor all = places();
  const auto noise = [&](std::uint64_t seed, std::int64_t timestep) {
    const PlaneFrame frame =
        make_plane(all, {.timesteps = {timestep}, .bandwidth = {}, .seed = seed}).frames.at(0);
    const torch::Tensor standard =
        (all.to(torch::kFloat64) - all.to(torch::kFloat64).mean(0)) / all.to(torch::kFloat64).std(0);
    return (frame.points - frame.signal * standard) / frame.noise;
  };
  EXPECT_TRUE(torch::allclose(noise(1, 350), noise(1, 350)));
  EXPECT_FALSE(torch::allclose(noise(1, 350), noise(2, 350), 1e-3, 1e-3));
  EXPECT_FALSE(torch::allclose(noise(1, 350), noise(1, 351), 1e-3, 1e-3));
}

TEST(PlaneTest, WhereThereIsDataTheMedianArrowHasTheUsualLength) {
  const Plane plane = make_plane(places(), {.timesteps = {0}, .bandwidth = 0.3});
  std::vector<double> lengths;
  for (const Arrow& arrow : plane.frames[0].arrows)
    if (!arrow.faint) lengths.push_back(std::hypot(arrow.u, arrow.v));
  std::sort(lengths.begin(), lengths.end());
  EXPECT_NEAR(lengths[(lengths.size() - 1) / 2], 2 * kPlaneView / 20 * std::tanh(0.5), 1e-9);
}

}  // namespace
}  // namespace glyffuser

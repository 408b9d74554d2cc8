// scripts/fixtures/umap.py made the fixtures.
#include "glyffuser/umap/density.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace glyffuser {
namespace {

torch::Tensor cloud() {
  torch::manual_seed(8);
  return torch::cat(
      {torch::randn({60, 2}, torch::kFloat64), torch::randn({40, 2}, torch::kFloat64) * 0.3 + 3});
}

TEST(DensityTest, IntegratesToOne) {
  const torch::Tensor points = cloud();
  for (const double width : {0.2, 0.7}) {
    const Lattice lattice = lattice_around(points, 6 * width, 200);
    const double whole =
        density_on(lattice, points, width).sum().item<double>() * lattice.step * lattice.step;
    EXPECT_NEAR(whole, 1, 1e-6);
  }
}

TEST(DensityTest, IsScipysWhereTheCovarianceIsTheUnit) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/umap/density.json");
  const auto expected = nlohmann::json::parse(file);
  const auto numbers = [&](const char* key) {
    return torch::tensor(expected[key].get<std::vector<double>>(), torch::kFloat64);
  };
  const torch::Tensor points = numbers("points").view({-1, 2});
  EXPECT_NEAR(scott_bandwidth(points.size(0)), expected["factor"].get<double>(), 1e-12);
  const Lattice lattice{.x0 = -3, .y0 = -2, .step = 0.5, .nx = 13, .ny = 9};
  const torch::Tensor density = density_on(lattice, points, expected["factor"]);
  EXPECT_TRUE(torch::allclose(density, numbers("density").view({9, 13}), 1e-9, 1e-12));
}

TEST(DensityTest, LevelsHoldTheirMass) {
  const torch::Tensor points = cloud();
  const Lattice lattice = lattice_around(points, 2, 150);
  const torch::Tensor density = density_on(lattice, points, 0.4);
  for (const double mass : {0.1, 0.5, 0.95}) {
    const double level = mass_levels(density, {mass})[0];
    const double held =
        density.masked_select(density >= level).sum().item<double>() / density.sum().item<double>();
    EXPECT_NEAR(held, mass, 0.01);
  }
}

TEST(DensityTest, TheScoreIsTheGradientOfTheLogDensity) {
  const torch::Tensor points = cloud(),
                      at = torch::tensor({{0.3, -0.4}, {2.0, 2.0}, {-4.0, 5.0}}, torch::kFloat64);
  constexpr double kStep = 1e-5;
  const Score score = score_at(at, points, 0.4);
  for (int axis = 0; axis < 2; ++axis) {
    torch::Tensor shift = torch::zeros({1, 2}, torch::kFloat64);
    shift[0][axis] = kStep;
    const torch::Tensor slope =
        (score_at(at + shift, points, 0.4).log_density - score_at(at - shift, points, 0.4).log_density) /
        (2 * kStep);
    EXPECT_TRUE(torch::allclose(score.gradient.select(1, axis), slope, 1e-5, 1e-6));
  }
  const Lattice one{.x0 = 0.3, .y0 = -0.4, .step = 1, .nx = 1, .ny = 1};
  EXPECT_NEAR(std::exp(score.log_density[0].item<double>()), density_on(one, points, 0.4).item<double>(),
              1e-12);
}

TEST(DensityTest, FarAwayTheScoreGrows) {
  const torch::Tensor points = torch::zeros({3, 2}, torch::kFloat64);
  const Score score = score_at(torch::tensor({{1000.0, 0.0}}, torch::kFloat64), points, 0.1);
  EXPECT_NEAR(score.gradient[0][0].item<double>(), -1000 / 0.01, 1e-6);
  EXPECT_TRUE(std::isfinite(score.log_density[0].item<double>()));
}

TEST(DensityTest, ALatticeOfOnePlaceStillHasAStep) {
  const Lattice lattice = lattice_around(torch::zeros({4, 2}, torch::kFloat64), 1, 11);
  EXPECT_EQ(lattice.nx, 11);
  EXPECT_EQ(lattice.ny, 11);
  EXPECT_DOUBLE_EQ(lattice.step, 0.2);
}

TEST(DensityTest, ALevelIsTheHighestThatHoldsItsMass) {
  const torch::Tensor density = torch::tensor({{1.0, 4.0}, {2.0, 1.0}}, torch::kFloat64);
  EXPECT_EQ(mass_levels(density, {0.5, 0.51, 0.75, 1}), (std::vector<double>{4, 2, 2, 1}));
}

}  // namespace
}  // namespace glyffuser

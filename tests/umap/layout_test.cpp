// scripts/fixtures/umap.py made the fixtures.
#include "glyffuser/umap/layout.hpp"

#include <gtest/gtest.h>

#include "glyffuser/tensor/safetensors.hpp"
#include "glyffuser/umap/pca.hpp"
#include "glyffuser/umap/quality.hpp"

namespace glyffuser {
namespace {

class LayoutTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    file_ = read_safetensors(GLYFFUSER_SOURCE_DIR "/tests/fixtures/umap/layout.safetensors");
    pixels_ = file_.tensors.at("pixels").to(torch::kFloat32) / 255;
    neighbours_ = {file_.tensors.at("index"), file_.tensors.at("distance")};
  }
  static Layout layout(std::uint64_t seed, const ShareSink& progress = {}) {
    const Pca pca = fit_pca(pixels_, 2);
    return lay_out(neighbours_, pca.project(pixels_), {.epochs = {}, .seed = seed}, progress);
  }
  static double trustworthiness(const torch::Tensor& places) {
    return measure_quality(pixels_, places, 15, 500, 0).trustworthiness;
  }

  static inline SafetensorsFile file_;
  static inline torch::Tensor pixels_;
  static inline Neighbours neighbours_;
};

TEST_F(LayoutTest, OurNeighboursAreThoseOfTheFixture) {
  const Neighbours own = nearest_neighbours(pixels_, pixels_, 15, true);
  EXPECT_TRUE(torch::equal(own.index, neighbours_.index));
  EXPECT_TRUE(torch::allclose(own.distance, neighbours_.distance, 1e-4, 1e-5));
}

TEST_F(LayoutTest, OurTrustworthinessIsUmapLearnsOfItsMap) {
  EXPECT_NEAR(trustworthiness(file_.tensors.at("map")), std::stod(file_.metadata.at("first")), 2e-4);
}

TEST_F(LayoutTest, IsAsTrustworthyAsUmapLearnsOnTheSameNeighbours) {
  double mean = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Layout map = layout(seed);
    EXPECT_EQ(map.initialisation, "spectral");
    EXPECT_EQ(map.epochs, 500);
    mean += trustworthiness(map.places) / 4;
  }
  const double expected = std::stod(file_.metadata.at("mean"));
  std::cout << "trustworthiness " << mean << ", umap-learn's " << expected << "\n";
  EXPECT_NEAR(mean, expected, 0.01);
}

TEST_F(LayoutTest, EqualSeedsGiveEqualBytes) {
  EXPECT_TRUE(torch::equal(layout(3).places, layout(3).places));
  EXPECT_FALSE(torch::equal(layout(3).places, layout(4).places));
}

TEST_F(LayoutTest, ProgressMayStopIt) {
  int calls = 0;
  EXPECT_THROW(layout(0,
                      [&](double) {
                        if (++calls == 3) throw std::runtime_error("stop");
                      }),
               std::runtime_error);
  EXPECT_EQ(calls, 3);
}

TEST(LayoutOfOddSetsTest, AGraphInPartsBeginsFromThePrincipalComponents) {
  torch::manual_seed(1);
  const torch::Tensor points = torch::cat({torch::randn({40, 3}), torch::randn({40, 3}) + 100});
  const Neighbours neighbours = nearest_neighbours(points, points, 5, true);
  ASSERT_EQ(graph_components(neighbours), 2);
  const Layout map = lay_out(neighbours, points.narrow(1, 0, 2), {.epochs = 50});
  EXPECT_EQ(map.initialisation, "principal components");
  EXPECT_TRUE(map.places.isfinite().all().item<bool>());
  const torch::Tensor between =
      (map.places.narrow(0, 0, 40).mean(0) - map.places.narrow(0, 40, 40).mean(0)).norm();
  EXPECT_GT(between.item<double>(), 3);
}

TEST(LayoutOfOddSetsTest, FewDuplicateOrConstantPointsHaveFinitePlaces) {
  torch::manual_seed(2);
  const torch::Tensor few = torch::randn({10, 4});
  const torch::Tensor twice = torch::randn({30, 4}).repeat({2, 1});
  const torch::Tensor constant = torch::zeros({40, 4});
  for (const torch::Tensor& points : {few, twice, constant, constant.narrow(0, 0, 10)}) {
    const Neighbours neighbours = nearest_neighbours(points, points, 6, true);
    const Layout map = lay_out(neighbours, points.narrow(1, 0, 2), {.epochs = 30});
    EXPECT_TRUE(map.places.isfinite().all().item<bool>()) << points.size(0);
    EXPECT_GT(map.places.std().item<double>(), 0);
  }
}

TEST(LayoutOfOddSetsTest, FewPointsBeginAroundTheMiddleFromTheirPrincipalComponents) {
  torch::manual_seed(2);
  const torch::Tensor points = torch::randn({10, 4});
  const Layout map =
      lay_out(nearest_neighbours(points, points, 6, true), points.narrow(1, 0, 2) + 1000, {.epochs = 1});
  EXPECT_EQ(map.initialisation, "principal components");
  EXPECT_LT(map.places.mean(0).abs().max().item<double>(), 4);
  EXPECT_GT(map.places.abs().max().item<double>(), 5);  // of ten
}

}  // namespace
}  // namespace glyffuser

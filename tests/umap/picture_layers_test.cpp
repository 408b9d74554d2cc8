#include "glyffuser/umap/picture_layers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/umap/few_glyphs.hpp"

namespace glyffuser {
namespace {

FeatureSpace pixels_of(const GlyphSet& glyphs) {
  return make_features(glyphs, pooled_glyphs(glyphs), {}, {}, torch::kCPU, {});
}

TEST(PictureLayersTest, NoisedGlyphsAreFartherTheLaterTheirStep) {
  const GlyphSet glyphs = testing::few_glyphs(120, 16);
  torch::manual_seed(1);
  const torch::Tensor places = torch::randn({120, 2});
  const LayerOptions options{
      .timesteps = {0, 10, 350, 900}, .noised_glyphs = 20, .real_glyphs = 60, .sample_steps = {}};
  const PictureLayers layers = make_picture_layers(glyphs, pixels_of(glyphs), places, {}, options);
  ASSERT_EQ(layers.noised.size(), 3U);  // none of t = 0
  EXPECT_EQ(layers.noised[0].number, 10);
  ASSERT_EQ(layers.noised[0].points.size(), 20U);
  // With little noise a glyph stays where it is.
  const MapPoint& point = layers.noised[0].points[3];
  EXPECT_NEAR(point.at.x, places[point.source][0].item<double>(), 1);
  EXPECT_FALSE(point.off);
  EXPECT_TRUE(layers.noised[2].points[0].off);
  ASSERT_EQ(layers.distances.size(), 4U);
  EXPECT_EQ(layers.distances[0].group, "real");
  EXPECT_NEAR(layers.distances[0].to_nearest[2], 1, 0.05);  // the unit itself
  EXPECT_LT(layers.distances[1].to_nearest[2], layers.distances[2].to_nearest[2]);
  EXPECT_LT(layers.distances[2].to_nearest[2], layers.distances[3].to_nearest[2]);
}

TEST(PictureLayersTest, SamplesComeInGroupsOfTheirSteps) {
  const GlyphSet glyphs = testing::few_glyphs(50, 16);
  const torch::Tensor samples =
      torch::cat({torch::zeros({3, 1, 16, 16}), glyphs.images(std::vector<std::int64_t>{0, 1, 2})});
  const LayerOptions options{.timesteps = {0}, .sample_steps = {1, 50}};
  const PictureLayers layers =
      make_picture_layers(glyphs, pixels_of(glyphs), torch::rand({50, 2}), samples, options);
  ASSERT_EQ(layers.samples.size(), 2U);
  EXPECT_EQ(layers.samples[1].number, 50);
  EXPECT_EQ(layers.samples[1].points[1].source, 4);
  EXPECT_EQ(layers.distances[1].name, "1 step");
  EXPECT_EQ(layers.distances[2].to_nearest[4], 0);  // copies of glyphs
  EXPECT_TRUE(torch::equal(layers.sample_ink[3], glyphs.ink()[0]));
  EXPECT_EQ(layers.sample_ink[0][0][0].item<int>(), 128);
}

TEST(PictureLayersTest, WithoutFeaturesOfPicturesThereAreDistancesOnly) {
  const GlyphSet glyphs = testing::few_glyphs(30, 16);
  FeatureSpace features = pixels_of(glyphs);
  features.of_pictures = {};
  const PictureLayers layers = make_picture_layers(glyphs, features, torch::rand({30, 2}), {},
                                                   {.timesteps = {100}, .sample_steps = {}});
  EXPECT_TRUE(layers.empty());
  EXPECT_EQ(layers.distances.size(), 2U);
}

TEST(PictureLayersTest, PicturesListedTwiceDoNotChangeTheUnit) {
  const auto layers_of = [](const GlyphSet& glyphs) {
    return make_picture_layers(glyphs, pixels_of(glyphs), torch::rand({glyphs.size(), 2}), {},
                               {.timesteps = {300}, .sample_steps = {}});
  };
  const PictureLayers once = layers_of(testing::few_glyphs(60, 16));
  const PictureLayers twice = layers_of(testing::few_glyphs(60, 16, 2));
  EXPECT_GT(once.unit, 1);
  EXPECT_NEAR(twice.unit, once.unit, 1e-3);
  EXPECT_NEAR(twice.distances[0].to_nearest[2], 1, 0.05);
}

TEST(PictureLayersTest, WhereAllPicturesAreEqualThereAreNoDistances) {
  const GlyphSet glyphs = testing::few_glyphs(1, 16, 20);
  const PictureLayers layers =
      make_picture_layers(glyphs, pixels_of(glyphs), torch::rand({20, 2}), {},
                          {.timesteps = {300}, .n_neighbors = 5, .sample_steps = {}});
  EXPECT_EQ(layers.unit, 0);
  EXPECT_TRUE(layers.distances.empty());
  ASSERT_EQ(layers.noised.size(), 1U);
  EXPECT_TRUE(layers.noised[0].points[0].off);  // the glyphs are at no distance from each other
}

TEST(PictureLayersTest, TheSeedChoosesGlyphsAndNoise) {
  const GlyphSet glyphs = testing::few_glyphs(30, 16);
  const FeatureSpace features = pixels_of(glyphs);
  torch::manual_seed(1);
  const torch::Tensor places = torch::rand({30, 2});
  const auto noised = [&](std::uint64_t seed, std::int64_t count) {
    const LayerOptions options{.timesteps = {500}, .noised_glyphs = count, .seed = seed, .sample_steps = {}};
    const PictureLayers layers = make_picture_layers(glyphs, features, places, {}, options);
    std::map<std::int64_t, double> across;
    for (const MapPoint& point : layers.noised.at(0).points) across[point.source] = point.at.x;
    return across;
  };
  EXPECT_EQ(noised(1, 100), noised(1, 100));
  const auto all = noised(1, 100), others = noised(2, 100);
  ASSERT_EQ(all.size(), glyphs.training().size());
  for (const auto& [source, x] : all) EXPECT_NE(others.at(source), x) << source;
  const auto some = noised(1, 5), some_others = noised(2, 5);
  EXPECT_FALSE(std::equal(some.begin(), some.end(), some_others.begin(),
                          [](const auto& a, const auto& b) { return a.first == b.first; }));
}

TEST(PictureLayersTest, OfFewGlyphsAllAreNeighboursAndInkEndsAtBlack) {
  const GlyphSet glyphs = testing::few_glyphs(8, 16);
  const torch::Tensor samples =
      torch::cat({torch::full({1, 1, 16, 16}, 3.0), torch::full({1, 1, 16, 16}, -3.0)});
  const LayerOptions options{.timesteps = {100}, .sample_steps = {1}};
  const PictureLayers layers =
      make_picture_layers(glyphs, pixels_of(glyphs), torch::rand({8, 2}), samples, options);
  EXPECT_EQ(layers.samples.at(0).points.size(), 2U);
  EXPECT_EQ(layers.sample_ink[0][0][0].item<int>(), 0);
  EXPECT_EQ(layers.sample_ink[1][0][0].item<int>(), 255);
}

}  // namespace
}  // namespace glyffuser

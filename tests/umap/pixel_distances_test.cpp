#include "glyffuser/umap/pixel_distances.hpp"

#include <gtest/gtest.h>

#include "tests/umap/few_glyphs.hpp"

namespace glyffuser {
namespace {

TEST(PixelDistancesTest, AreThoseOfTheWholeTable) {
  const GlyphSet glyphs = testing::few_glyphs(40, 16);
  const torch::Tensor training = glyphs.images(glyphs.training()).flatten(1);
  torch::manual_seed(3);
  const torch::Tensor pictures = torch::cat({torch::randn({5, 1, 16, 16}), glyphs.images(glyphs.training())});
  std::vector<std::int64_t> own(5, -1);
  own.insert(own.end(), glyphs.training().begin(), glyphs.training().end());
  const PixelDistances found = pixel_distances(glyphs, pictures, own);
  torch::Tensor table = torch::cdist(pictures.flatten(1), training);
  table.narrow(0, 5, training.size(0)).fill_diagonal_(1e9);
  EXPECT_TRUE(torch::allclose(found.to_nearest, table.amin(1), 1e-3, 1e-3));
  EXPECT_TRUE(
      torch::allclose(found.to_mean, (pictures.flatten(1) - training.mean(0)).norm(2, 1), 1e-4, 1e-4));
}

TEST(PixelDistancesTest, AHeldOutGlyphIsMeasuredAgainstTheOthersOnly) {
  const GlyphSet glyphs = testing::few_glyphs(30, 8);
  const auto held_out = glyphs.held_out();
  ASSERT_FALSE(held_out.empty());
  const PixelDistances found =
      pixel_distances(glyphs, glyphs.images(held_out), std::vector<std::int64_t>(held_out.size(), -1));
  EXPECT_GT(found.to_nearest.min().item<float>(), 0.1);
}

TEST(PixelDistancesTest, NoPictureIsItsOwnNeighbour) {
  const GlyphSet once = testing::few_glyphs(40, 16), twice = testing::few_glyphs(40, 16, 2);
  const auto to_nearest = [](const GlyphSet& glyphs, const std::vector<std::int64_t>& own) {
    return pixel_distances(glyphs, glyphs.images(own), own).to_nearest;
  };
  const torch::Tensor expected = to_nearest(once, once.training());
  EXPECT_GT(expected.min().item<float>(), 1);
  // The second ones of all pictures come after the first.
  EXPECT_TRUE(torch::allclose(to_nearest(twice, twice.training()), expected.repeat({2}), 1e-3, 1e-3));
  const GlyphSet alike = testing::few_glyphs(1, 16, 10);
  EXPECT_TRUE(to_nearest(alike, alike.training()).isinf().all().item<bool>());
}

TEST(PixelDistancesTest, ACopyIsAtNoDistanceHoweverItRounds) {
  const GlyphSet glyphs = testing::few_glyphs(200, 32);
  torch::manual_seed(4);
  const torch::Tensor copies = glyphs.images(glyphs.training());
  const PixelDistances found =
      pixel_distances(glyphs, copies, std::vector<std::int64_t>(glyphs.training().size(), -1));
  EXPECT_TRUE((found.to_nearest >= 0).all().item<bool>());
  EXPECT_LT(found.to_nearest.max().item<float>(), 0.1);
}

}  // namespace
}  // namespace glyffuser

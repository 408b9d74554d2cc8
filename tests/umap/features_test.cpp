#include "glyffuser/umap/features.hpp"

#include <gtest/gtest.h>

#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/conditional_model.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"
#include "tests/umap/few_glyphs.hpp"

namespace glyffuser {
namespace {

FeatureSpace features(const GlyphSet& glyphs, const UmapConfig& config) {
  return make_features(glyphs, pooled_glyphs(glyphs), config, {}, torch::kCPU, {});
}

TEST(FeaturesTest, PoolingAveragesInk) {
  torch::Tensor picture = torch::ones({1, 1, 64, 64});
  picture.slice(2, 0, 2).slice(3, 0, 1).fill_(-1);  // two of the first square's four pixels are black
  const torch::Tensor ink = pooled(picture);
  ASSERT_EQ(ink.sizes(), (std::vector<std::int64_t>{1, 1024}));
  EXPECT_FLOAT_EQ(ink[0][0].item<float>(), 0.5);
  EXPECT_FLOAT_EQ(ink.sum().item<float>(), 0.5);
  EXPECT_EQ(pooled(torch::ones({2, 1, 8, 8})).size(1), 64);
}

TEST(FeaturesTest, PcaOfPooledPixels) {
  const GlyphSet glyphs = testing::few_glyphs(60, 64);
  UmapConfig config;
  config.components = 12;
  const FeatureSpace space = features(glyphs, config);
  EXPECT_EQ(space.values.sizes(), (std::vector<std::int64_t>{60, 12}));
  EXPECT_TRUE(space.description.starts_with("12 principal components of 32 x 32 pixels ("));
  const torch::Tensor again = space.of_pictures(glyphs.images(std::vector<std::int64_t>{5, 6}));
  EXPECT_TRUE(torch::allclose(again, space.values.narrow(0, 5, 2), 1e-4, 1e-5));
  EXPECT_TRUE(torch::equal(space.start, space.values.narrow(1, 0, 2)));
}

TEST(FeaturesTest, RawPixels) {
  const GlyphSet glyphs = testing::few_glyphs(20, 16);
  UmapConfig config;
  config.features = "pixels";
  const FeatureSpace space = features(glyphs, config);
  EXPECT_EQ(space.values.size(1), 256);
  EXPECT_FLOAT_EQ(space.values.max().item<float>(), 1);
  EXPECT_EQ(space.start.size(1), 2);
}

TEST(FeaturesTest, TheMiddleOfAUnet) {
  const testing::TemporaryFolder folder;
  const GlyphSet glyphs = testing::few_glyphs(20, 32);
  UmapConfig config;
  config.features = "unet";
  testing::expect_error<ConfigError>([&] { features(glyphs, config); }, {"umap.features", "umap.model"});
  config.model = (folder / "model").string();
  save_model(config.model, testing::tiny_model(), {.text_encoder = {}, .card = "a test"});
  const FeatureSpace space = features(glyphs, config);
  EXPECT_EQ(space.values.sizes(), (std::vector<std::int64_t>{20, 32}));
  const torch::Tensor again = space.of_pictures(glyphs.images(std::vector<std::int64_t>{3}));
  EXPECT_TRUE(torch::allclose(again, space.values.narrow(0, 3, 1), 1e-4, 1e-5));
  testing::expect_error<ConfigError>([&] { features(testing::few_glyphs(20, 16), config); },
                                     {"32 pixels", "data.image_size"});
}

TEST(FeaturesTest, TheMiddleOfAUnetHearsItsPixelsAndItsTimeStep) {
  const testing::TemporaryFolder folder;
  const GlyphSet glyphs = testing::few_glyphs(5, 32);
  UmapConfig config;
  config.features = "unet";
  config.model = (folder / "model").string();
  Model model = testing::tiny_model();
  save_model(config.model, model, {.text_encoder = {}, .card = "a test"});
  const torch::Tensor pictures = torch::rand({2, 1, 32, 32}) * 2 - 1;
  const torch::Tensor usual = features(glyphs, config).of_pictures((pictures + 1) / 2);
  config.feature_timestep += 100;
  EXPECT_FALSE(torch::allclose(features(glyphs, config).of_pictures((pictures + 1) / 2), usual, 1e-3, 1e-4));
  config.feature_timestep -= 100;
  model.info.pixel_low = 0;  // white is 1 to it as to us, black is 0 instead of -1
  save_model(config.model, model, {.text_encoder = {}, .card = "a test"});
  EXPECT_TRUE(torch::allclose(features(glyphs, config).of_pictures(pictures), usual, 1e-4, 1e-5));
}

TEST(FeaturesTest, TheMiddleOfAUnetThatTakesPrompts) {
  const testing::TemporaryFolder folder;
  const GlyphSet glyphs = testing::few_glyphs(20, 32);
  UmapConfig config;
  config.features = "unet";
  config.model = (folder / "model").string();
  testing::save_conditional_model(config.model, 8);
  EXPECT_EQ(features(glyphs, config).values.sizes(), (std::vector<std::int64_t>{20, 32}));
  config.model = (folder / "wider").string();
  testing::save_conditional_model(config.model, 16);
  testing::expect_error<FileError>([&] { features(glyphs, config); },
                                   {config.model, "width 8", "expects 16"});
}

TEST(FeaturesTest, MeanStatesOfTheCaptions) {
  const testing::TinyTextEncoder encoder;
  const GlyphSet glyphs = testing::few_glyphs(8, 16);
  UmapConfig config;
  config.features = "text";
  const FeatureSpace space = make_features(glyphs, pooled_glyphs(glyphs), config,
                                           {.path = encoder.path(), .max_length = {}}, torch::kCPU, {});
  EXPECT_EQ(space.values.sizes(), (std::vector<std::int64_t>{8, 8}));
  EXPECT_TRUE(torch::equal(space.values[0], space.values[1]));  // they share a caption
  EXPECT_FALSE(torch::equal(space.values[1], space.values[2]));
  EXPECT_FALSE(space.of_pictures);
  const TextStates first =
      TextEncoder({.path = encoder.path(), .max_length = {}}).encode({glyphs.caption(0)});
  const torch::Tensor tokens = first.states[0].narrow(0, 0, first.mask.sum().item<std::int64_t>());
  EXPECT_TRUE(torch::allclose(space.values[0], tokens.mean(0), 1e-5, 1e-6));
}

}  // namespace
}  // namespace glyffuser

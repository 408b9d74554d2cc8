#include "glyffuser/umap/samples.hpp"

#include <gtest/gtest.h>

#include "tests/support/conditional_model.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser {
namespace {

class SamplesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.model = (folder_ / "model").string();
    save_model(config_.model, testing::tiny_model(), {.text_encoder = {}, .card = "a test"});
    config_.steps = {1, 4};
    config_.num_images = 2;
  }
  Samples draw(std::int64_t size = 32) const { return draw_samples(config_, {}, size, 1, torch::kCPU, {}); }

  testing::TemporaryFolder folder_;
  UmapConfig config_;
};

TEST_F(SamplesTest, AreThePicturesOfTheirStepsAndSeeds) {
  const Samples samples = draw();
  const torch::Tensor& pictures = samples.pictures;
  EXPECT_TRUE(samples.prompts.empty());  // the model takes none
  ASSERT_EQ(pictures.sizes(), (std::vector<std::int64_t>{4, 1, 32, 32}));
  const Model model = load_model(config_.model, torch::kCPU);
  EXPECT_TRUE(
      torch::allclose(pictures.narrow(0, 2, 2), testing::draw_seeds(model, {1, 2}, "ddim"), 1e-5, 1e-5));
  EXPECT_FALSE(torch::allclose(pictures.narrow(0, 0, 2), pictures.narrow(0, 2, 2)));
}

TEST_F(SamplesTest, HaveTheirSeedsHoweverManyAreDrawnAtATime) {
  config_.steps = {1};
  config_.num_images = 18;
  const torch::Tensor many = draw().pictures;
  ASSERT_EQ(many.size(0), 18);
  config_.num_images = 2;
  const torch::Tensor last = draw_samples(config_, {}, 32, 17, torch::kCPU, {}).pictures;
  EXPECT_TRUE(torch::allclose(many.narrow(0, 16, 2), last, 1e-5, 1e-5));
}

TEST_F(SamplesTest, AsManyAsFitOnAPageOfTiles) {
  config_.tile_size = 256;  // 8 x 8 on a page
  config_.steps = {1};
  config_.num_images = 16;
  config_.prompts = {"one", "two", "three", "four", "five"};
  EXPECT_EQ(draw().pictures.size(0), 16);  // the model takes no prompts
  config_.num_images = 64;
  check_samples(config_, /*conditional=*/false);
  config_.num_images = 65;
  testing::expect_error<ConfigError>([&] { draw(); }, {"umap.num_images", "65 samples", "at most 64"});
  config_.model = (folder_ / "conditional").string();
  testing::save_conditional_model(config_.model, 8);
  config_.num_images = 16;
  testing::expect_error<ConfigError>([&] { draw(); }, {"umap.prompts", "80 samples", "at most 64"});
  config_.prompts.clear();
  testing::expect_error<ConfigError>([&] { draw(); }, {"umap.prompts", "empty", config_.model});
}

TEST_F(SamplesTest, OfTheirPrompts) {
  config_.model = (folder_ / "conditional").string();
  testing::save_conditional_model(config_.model, 8);
  config_.steps = {1};
  config_.prompts = {"gold", "water"};
  const Samples samples = draw();
  EXPECT_EQ(samples.prompts, config_.prompts);
  ASSERT_EQ(samples.pictures.size(0), 4);
  EXPECT_FALSE(torch::equal(samples.pictures.narrow(0, 0, 2), samples.pictures.narrow(0, 2, 2)));
}

TEST_F(SamplesTest, GuidanceLeadsAwayFromTheEmptyPrompt) {
  config_.model = (folder_ / "conditional").string();
  testing::save_conditional_model(config_.model, 8);
  config_.steps = {2};
  config_.prompts = {"gold", "water"};
  const auto drawn = [&](double scale) {
    config_.guidance_scale = scale;
    return draw().pictures;
  };
  const torch::Tensor alone = drawn(1), guided = drawn(5);
  for (std::int64_t i = 0; i < 4; i += 2) EXPECT_FALSE(torch::allclose(alone[i], guided[i], 1e-3, 1e-3)) << i;
}

TEST_F(SamplesTest, TimeStepsTrailWhateverTheModelsFolderSays) {
  const torch::Tensor trailing = draw().pictures;
  Model model = testing::tiny_model();
  model.scheduler.timestep_spacing = "leading";
  save_model(config_.model, model, {.text_encoder = {}, .card = "a test"});
  EXPECT_TRUE(torch::equal(draw().pictures, trailing));
}

TEST_F(SamplesTest, AModelOfAnotherSizeIsRefused) {
  testing::expect_error<ConfigError>([&] { draw(64); }, {"32 pixels", "data.image_size", "64"});
  config_.model = (folder_ / "nowhere").string();
  testing::expect_error<FileError>([&] { draw(); }, {"nowhere"});
}

}  // namespace
}  // namespace glyffuser

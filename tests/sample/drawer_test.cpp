#include "glyffuser/sample/drawer.hpp"

#include <gtest/gtest.h>

#include "glyffuser/tensor/safetensors.hpp"
#include "tests/sample/saved_model.hpp"
#include "tests/support/conditional_model.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

PictureBatch batch_of(std::vector<std::uint64_t> seeds, std::size_t size) {
  PictureBatch batch{.number = 0, .size = size, .pictures = {}};
  for (const std::uint64_t seed : seeds) {
    Picture picture;
    picture.index = batch.pictures.size();
    picture.seed = seed;
    picture.steps = 2;
    batch.pictures.push_back(picture);
  }
  return batch;
}

TEST(DrawerTest, APictureIsItsSeedAndNotItsNeighbours) {
  const testing::SavedModel saved;
  const SampleConfig config = saved.config();
  Drawer drawer(config, DataConfig{}, torch::kCPU);
  const torch::Tensor two = drawer.draw(batch_of({5, 6}, 3), {});
  EXPECT_EQ(two.sizes(), (torch::IntArrayRef{2, 1, 32, 32}));
  EXPECT_TRUE(torch::equal(two[1], drawer.draw(batch_of({9, 6}, 3), {})[1]));
  EXPECT_TRUE(torch::equal(two[0], drawer.draw(batch_of({5}, 3), {})[0]));  // filled up with itself
  EXPECT_FALSE(torch::equal(two[0], two[1]));
}

TEST(DrawerTest, NoiseFromAFile) {
  const testing::SavedModel saved;
  const SampleConfig config = saved.config();
  Drawer drawer(config, DataConfig{}, torch::kCPU);
  const torch::Tensor from_seeds = drawer.draw(batch_of({5, 6}, 2), {});
  const auto file = saved.folder() / "noise.safetensors";
  write_safetensors(file, {{"noise", ImageGenerators({6, 5}).normal({1, 32, 32})}});
  drawer.read_noise(file, 2);
  const torch::Tensor from_file = drawer.draw(batch_of({1, 2}, 2), {});
  EXPECT_TRUE(torch::allclose(from_file[0], from_seeds[1], 0, 1e-5));
  const auto noise = drawer.parameters(batch_of({1}, 1).pictures[0]).noise;
  EXPECT_EQ(noise.substr(64), "[0]");  // the row that the picture has
  testing::expect_error<FileError>([&] { drawer.read_noise(file, 3); },
                                   {"noise.safetensors", "[3, 1, 32, 32]"});
}

TEST(DrawerTest, APictureTellsWhatIsNotUsualAboutIt) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  EXPECT_TRUE(Drawer(config, DataConfig{}, torch::kCPU).parameters({}).other.empty());
  config.pixel_range = {0, 1};
  config.init = "金";
  const auto other = Drawer(config, DataConfig{}, torch::kCPU).parameters({}).other;
  EXPECT_EQ(other, (std::vector<std::pair<std::string, std::string>>{
                       {"init", "金"}, {"strength", "0.8"}, {"pixel_range", "0 1"}}));
}

TEST(DrawerTest, APictureTellsItsPrecision) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  for (const char* precision : {"fp32", "bf16"}) {
    config.precision = precision;
    EXPECT_EQ(Drawer(config, DataConfig{}, torch::kCPU).parameters({}).precision, precision);
  }
}

TEST(DrawerTest, EtaIsNoiseInEveryStep) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  config.scheduler = "ddim";
  const auto drawn = [&](double eta) {
    config.eta = eta;
    return Drawer(config, DataConfig{}, torch::kCPU).draw(batch_of({5}, 1), {});
  };
  EXPECT_TRUE(torch::equal(drawn(0), drawn(0)));
  EXPECT_FALSE(torch::equal(drawn(0), drawn(1)));
}

// The noise of the steps comes after the initial one in the order of the seed, whether that is used or not.
TEST(DrawerTest, TheSeedsOwnNoiseFromAFileChangesNothing) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  config.scheduler = "ddpm";
  Drawer drawer(config, DataConfig{}, torch::kCPU);
  const torch::Tensor from_seed = drawer.draw(batch_of({5}, 1), {});
  const auto file = saved.folder() / "noise.safetensors";
  write_safetensors(file, {{"noise", ImageGenerators({5}).normal({1, 32, 32})}});
  drawer.read_noise(file, 1);
  EXPECT_TRUE(torch::equal(drawer.draw(batch_of({5}, 1), {}), from_seed));
}

TEST(DrawerTest, GuidanceLeadsAwayFromTheNegativePromptAndMayBeRescaled) {
  const testing::TemporaryFolder folder;
  testing::save_conditional_model(folder / "model", 8);
  SampleConfig config;
  config.model = (folder / "model").string();
  const auto drawn = [&](const std::string& negative, double rescale) {
    config.guidance_rescale = rescale;
    PictureBatch batch = batch_of({5}, 1);
    batch.pictures[0].prompt = "gold";
    batch.pictures[0].negative_prompt = negative;
    batch.pictures[0].guidance_scale = 5;
    return Drawer(config, DataConfig{}, torch::kCPU).draw(batch, {});
  };
  const torch::Tensor plain = drawn("", 0);
  EXPECT_FALSE(torch::equal(drawn("water", 0), plain));
  EXPECT_FALSE(torch::equal(drawn("", 0.7), plain));
}

TEST(DrawerTest, RepeatsThatCannotBeAreRefused) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  config.init = "林";
  config.keep = "left";
  config.keep_repeats = 3;
  Drawer drawer(config, DataConfig{}, torch::kCPU);
  EXPECT_EQ(drawer.evaluations(20), 40U);  // the second ten once
  testing::expect_error<ConfigError>([&] { drawer.evaluations(10); }, {"sample.keep_repeats", "of 10 steps"});
}

TEST(DrawerTest, StepsBeyondTheSchedule) {
  const testing::SavedModel saved;
  const SampleConfig config = saved.config();
  Drawer drawer(config, DataConfig{}, torch::kCPU);
  drawer.scheduler(1000);
  testing::expect_error<ConfigError>([&] { drawer.scheduler(1001); }, {"1001", "1000"});
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/umap/memory.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/machine.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(MemoryTest, GrowsWithTheSet) {
  const UmapConfig config;
  EXPECT_LT(map_bytes(21'000, 128, config), 3'000'000'000U);
  EXPECT_GT(map_bytes(5'000'000, 128, config), 100'000'000'000U);
  UmapConfig pixels;
  pixels.features = "pixels";
  EXPECT_GT(map_bytes(21'000, 128, pixels), map_bytes(21'000, 128, config) + 3'000'000'000U);
}

TEST(MemoryTest, IsAtLeastWhatWasMeasured) {
  // Peaks of whole exports on one thread.
  const auto hundred = [](std::int64_t image_size) { return map_bytes(100, image_size, {}); };
  EXPECT_GT(hundred(128), 290'000'000U);
  EXPECT_LT(hundred(128), 700'000'000U);
  EXPECT_GT(hundred(512), 2'500'000'000U);
  EXPECT_LT(hundred(512), 3'500'000'000U);
  EXPECT_GT(hundred(1024), 9'300'000'000U);
  EXPECT_LT(hundred(1024), 13'000'000'000U);
  EXPECT_GT(map_bytes(21'000, 128, {}), 1'900'000'000U);
  EXPECT_LT(map_bytes(21'000, 128, {}), 2'300'000'000U);
}

TEST(MemoryTest, CountsThePicturesMeasuredInPixels) {
  constexpr std::uint64_t kPicture = 1024 * 1024 * 4;
  UmapConfig config;
  config.timesteps = {0};
  const std::uint64_t before = map_bytes(1000, 1024, config);
  config.timesteps = {0, 10, 20};
  EXPECT_GE(map_bytes(1000, 1024, config), before + 200 * kPicture);
  config.timesteps = {0};
  config.model = "model";
  config.prompts = {"gold"};
  config.steps = {1, 2};
  config.num_images = 100;
  EXPECT_GE(map_bytes(1000, 1024, config), before + 200 * kPicture);
}

TEST(MemoryTest, TooLittleIsRefusedWithTheFigures) {
  testing::expect_error<RunError>([] { require_memory(5'000'000'000, 2'000'000'000, 77); },
                                  {"77 pictures", "5.0 GB", "2.0 GB", "data.max_glyphs"});
  EXPECT_NO_THROW(require_memory(5, 0, 1));
  EXPECT_NO_THROW(require_memory(1'000'000, available_memory(), 1));
}

TEST(MemoryTest, AFolderSaysHowManyPicturesItHas) {
  const testing::TemporaryFolder folder;
  folder.write("metadata.jsonl", "{}\n{}\n\n{}");
  DataConfig config;
  EXPECT_EQ(announced_pictures(config), 0);
  config.folder = folder.path().string();
  EXPECT_EQ(announced_pictures(config), 3);
  config.max_glyphs = 2;
  EXPECT_EQ(announced_pictures(config), 2);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/sample/picture_batches.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

Plan plan_of(std::int64_t images, std::vector<std::int64_t> steps) {
  SampleConfig config;
  config.prompts = {"gold", "water"};
  config.request.num_images = images;
  config.request.steps = std::move(steps);
  return Plan(config, Requests(config), true);
}

std::vector<PictureBatch> all(PictureBatches batches) {
  std::vector<PictureBatch> list;
  while (auto batch = batches.next()) list.push_back(std::move(*batch));
  return list;
}

TEST(PictureBatchesTest, APictureOfEachStepsInItsOwnBatches) {
  const Plan plan = plan_of(3, {5, 20});
  const auto batches = all({plan, 4});
  ASSERT_EQ(batches.size(), 4U);  // of each number of steps six pictures: four and two
  std::set<std::uint64_t> seen;
  for (const PictureBatch& batch : batches) {
    for (const Picture& picture : batch.pictures) {
      EXPECT_EQ(picture.steps, batch.steps());
      EXPECT_TRUE(seen.insert(picture.index).second);
    }
  }
  EXPECT_EQ(seen.size(), plan.size());
  EXPECT_EQ(batches[0].pictures.size(), 4U);
  EXPECT_EQ(batches[0].pictures[3].prompt, "water");
  EXPECT_EQ(batches[3].pictures.size(), 2U);
  EXPECT_EQ(batches[3].size, 4U);
}

TEST(PictureBatchesTest, OtherGuidanceIsAnotherBatch) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.request.num_images = 1;
  config.prompts_file = folder.write("p.csv", "prompt,guidance_scale\na,3\nb,5\nc,3\nd,1\n").string();
  const Plan plan(config, Requests(config), true);
  const auto batches = all({plan, 2});
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_EQ(batches[0].guidance_scale(), 5);  // alone in its group: full at once
  EXPECT_EQ(batches[0].size, 1U);
  EXPECT_EQ(batches[1].pictures[1].prompt, "c");
  EXPECT_EQ(batches[1].size, 2U);
  EXPECT_EQ(batches[2].guidance_scale(), 1);
}

TEST(PictureBatchesTest, ShardsTogetherAreTheJob) {
  const Plan plan = plan_of(9, {2, 3});
  const auto whole = all({plan, 4});
  std::vector<std::vector<std::uint64_t>> together(whole.size());
  for (std::uint64_t shard = 0; shard < 3; ++shard) {
    for (const PictureBatch& batch : all({plan, 4, {shard, 3}})) {
      EXPECT_EQ(batch.number % 3, shard);
      for (const Picture& picture : batch.pictures) together.at(batch.number).push_back(picture.index);
    }
  }
  for (const PictureBatch& batch : whole) {
    std::vector<std::uint64_t> indices;
    for (const Picture& picture : batch.pictures) indices.push_back(picture.index);
    EXPECT_EQ(together[batch.number], indices);
  }
}

}  // namespace
}  // namespace glyffuser

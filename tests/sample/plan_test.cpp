#include "glyffuser/sample/plan.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
using testing::expect_error;

SampleConfig config_of(std::vector<std::string> prompts, std::int64_t images,
                       std::vector<std::int64_t> steps = {50}) {
  SampleConfig config;
  config.prompts = std::move(prompts);
  config.num_images = images;
  config.steps = std::move(steps);
  return config;
}

TEST(PlanTest, OnePromptFillsANearSquare) {
  const SamplePlan plan = plan_samples(config_of({"gold"}, 16), true);
  ASSERT_EQ(plan.pictures.size(), 16U);
  EXPECT_EQ(plan.pictures[0].file, "samples/gold/seed-0.png");
  EXPECT_EQ(plan.grid, "samples/gold/grid.png");
  EXPECT_EQ(plan.pictures[5].row, 1U);
  EXPECT_EQ(plan.pictures[5].column, 1U);
  EXPECT_TRUE(plan.row_labels.empty());
}

TEST(PlanTest, PromptsDownAndSeedsAcross) {
  SampleConfig config = config_of({"gold", "to speak"}, 3);
  config.seed = 7;
  config.out = "out";
  const SamplePlan plan = plan_samples(config, true);
  EXPECT_EQ(plan.pictures[4].prompt, "to speak");
  EXPECT_EQ(plan.pictures[4].seed, 8U);
  EXPECT_EQ(plan.pictures[4].file, "out/to-speak/seed-8.png");
  EXPECT_EQ(plan.pictures[4].row, 1U);
  EXPECT_EQ(plan.pictures[4].column, 1U);
  EXPECT_EQ(plan.grid, "out/grid.png");
  EXPECT_EQ(plan.row_labels, (std::vector<std::string>{"gold", "to speak"}));
  EXPECT_EQ(plan.column_labels, (std::vector<std::string>{"7", "8", "9"}));
}

TEST(PlanTest, StepsGoAcrossAsInTheArticle) {
  const SamplePlan plan = plan_samples(config_of({"gold"}, 2, {1, 5, 20}), true);
  ASSERT_EQ(plan.pictures.size(), 6U);
  EXPECT_EQ(plan.pictures[3].file, "samples/gold/seed-1-steps-5.png");
  EXPECT_EQ(plan.pictures[3].row, 1U);
  EXPECT_EQ(plan.pictures[3].column, 1U);
  EXPECT_EQ(plan.column_labels, (std::vector<std::string>{"1 step", "5 steps", "20 steps"}));
  EXPECT_EQ(plan.row_labels.size(), 2U);
}

TEST(PlanTest, APngIsThePictureOrTheGrid) {
  SampleConfig config = config_of({"gold"}, 1);
  config.out = "x.png";
  EXPECT_EQ(plan_samples(config, true).pictures[0].file, "x.png");
  EXPECT_TRUE(plan_samples(config, true).grid.empty());
  config.num_images = 4;
  EXPECT_TRUE(plan_samples(config, true).pictures[0].file.empty());
  EXPECT_EQ(plan_samples(config, true).grid, "x.png");
}

TEST(PlanTest, OnePictureAloneHasNoGrid) {
  const SamplePlan plan = plan_samples(config_of({"gold"}, 1), true);
  EXPECT_EQ(plan.pictures[0].file, "samples/gold/seed-0.png");
  EXPECT_TRUE(plan.grid.empty());
}

TEST(PlanTest, PromptsAndTheKindOfModelMustFit) {
  expect_error<ConfigError>([] { plan_samples(config_of({}, 1), true); }, {"no prompt"});
  expect_error<ConfigError>([] { plan_samples(config_of({"gold"}, 1), false); }, {"gold", "unconditional"});
  EXPECT_EQ(plan_samples(config_of({}, 2), false).pictures[0].file, "samples/unconditional/seed-0.png");
}

TEST(PlanTest, NothingIsDrawnTwice) {
  expect_error<ConfigError>([] { plan_samples(config_of({"gold", "gold"}, 1), true); }, {"gold", "twice"});
  SampleConfig config = config_of({"gold"}, 1);
  config.seeds = "1,0-3";
  expect_error<ConfigError>([&] { plan_samples(config, true); }, {"seed 1", "twice"});
}

}  // namespace glyffuser

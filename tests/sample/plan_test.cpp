#include "glyffuser/sample/plan.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
using testing::expect_error;

namespace {

SampleConfig config_of(std::vector<std::string> prompts, std::int64_t images,
                       std::vector<std::int64_t> steps = {50}) {
  SampleConfig config;
  config.prompts = std::move(prompts);
  config.request.num_images = images;
  config.request.steps = std::move(steps);
  return config;
}

Plan plan_of(const SampleConfig& config, bool conditional = true) {
  return Plan(config, Requests(config), conditional);
}

std::vector<Picture> pictures_of(const Plan& plan) {
  std::vector<Picture> list;
  Pictures pictures(plan);
  while (auto picture = pictures.next()) list.push_back(std::move(*picture));
  EXPECT_EQ(list.size(), plan.size());
  return list;
}

TEST(PlanTest, OnePromptFillsANearSquare) {
  const Plan plan = plan_of(config_of({"gold"}, 16));
  const auto pictures = pictures_of(plan);
  ASSERT_EQ(pictures.size(), 16U);
  EXPECT_EQ(pictures[0].file, "samples/gold/seed-0.png");
  EXPECT_EQ(plan.folder(), "samples/gold");
  EXPECT_EQ(plan.grid(), "samples/gold/grid.png");
  EXPECT_EQ(pictures[5].index, 5U);
  EXPECT_EQ(pictures[5].row, 1U);
  EXPECT_EQ(pictures[5].column, 1U);
  EXPECT_EQ(plan.title(), "gold");
  EXPECT_TRUE(plan.row_labels().empty());
}

TEST(PlanTest, UpToFourOfOnePromptStandInARow) {
  const GridLayout four = plan_of(config_of({"gold"}, 4)).layout(),
                   five = plan_of(config_of({"gold"}, 5)).layout();
  EXPECT_EQ(std::tuple(four.square, four.rows, four.columns), std::tuple(false, 1U, 4U));
  EXPECT_EQ(std::tuple(five.square, five.rows, five.columns), std::tuple(true, 2U, 3U));
}

TEST(PlanTest, WhileServingEveryPromptHasItsFolderAndNoGrid) {
  SampleConfig config = config_of({}, 2);
  config.prompts_file = "-";
  config.out = "out";
  const Plan plan(config, Requests({.place = {}, .prompt = "gold", .file = {}, .settings = config.request}),
                  true);
  EXPECT_EQ(pictures_of(plan)[1].file, "out/gold/seed-1.png");
  EXPECT_TRUE(plan.grid().empty());
}

TEST(PlanTest, ColumnsMeanNothingWhereOnlySomePromptsHaveSeveralSteps) {
  const testing::TemporaryFolder folder;
  SampleConfig config = config_of({}, 2);
  config.prompts_file = folder.write("p.csv", "prompt,steps\ngold,2\nwater,\"1,5\"\n").string();
  EXPECT_TRUE(plan_of(config).column_labels().empty());
}

TEST(PlanTest, PromptsDownAndSeedsAcross) {
  SampleConfig config = config_of({"gold", "to speak"}, 3);
  config.request.seed = 7;
  config.out = "out";
  const Plan plan = plan_of(config);
  const Picture picture = pictures_of(plan)[4];
  EXPECT_EQ(picture.prompt, "to speak");
  EXPECT_EQ(picture.seed, 8U);
  EXPECT_EQ(picture.file, "out/to-speak/seed-8.png");
  EXPECT_EQ(picture.row, 1U);
  EXPECT_EQ(picture.column, 1U);
  EXPECT_EQ(plan.folder(), "out");
  EXPECT_EQ(plan.grid(), "out/grid.png");
  EXPECT_EQ(plan.row_labels(), (std::vector<std::string>{"gold", "to speak"}));
  EXPECT_FALSE(plan.labels_pictures());
  EXPECT_EQ(plan.column_labels(), (std::vector<std::string>{"7", "8", "9"}));
}

TEST(PlanTest, StepsGoAcrossAsInTheArticle) {
  const Plan plan = plan_of(config_of({"gold"}, 2, {1, 5, 20}));
  const auto pictures = pictures_of(plan);
  ASSERT_EQ(pictures.size(), 6U);
  EXPECT_EQ(pictures[3].file, "samples/gold/seed-1-steps-5.png");
  EXPECT_EQ(pictures[3].row, 1U);
  EXPECT_EQ(pictures[3].column, 1U);
  EXPECT_EQ(plan.column_labels(), (std::vector<std::string>{"1 step", "5 steps", "20 steps"}));
  EXPECT_EQ(plan.row_labels(), (std::vector<std::string>{"gold · 0", "gold · 1"}));
  EXPECT_EQ(plan_of(config_of({"gold"}, 1, {1, 5})).row_labels(), (std::vector<std::string>{"gold"}));
}

TEST(PlanTest, APngIsThePictureOrTheGrid) {
  SampleConfig config = config_of({"gold"}, 1);
  config.out = "x.png";
  EXPECT_EQ(pictures_of(plan_of(config))[0].file, "x.png");
  EXPECT_TRUE(plan_of(config).grid().empty());
  EXPECT_TRUE(plan_of(config).folder().empty());
  config.out = "x.PNG";
  EXPECT_EQ(pictures_of(plan_of(config))[0].file, "x.PNG");
  config.out = "x.png";
  config.request.num_images = 4;
  EXPECT_TRUE(pictures_of(plan_of(config))[0].file.empty());
  EXPECT_EQ(plan_of(config).grid(), "x.png");
}

TEST(PlanTest, OnePictureAloneHasNoGrid) {
  const Plan plan = plan_of(config_of({"gold"}, 1));
  EXPECT_EQ(pictures_of(plan)[0].file, "samples/gold/seed-0.png");
  EXPECT_TRUE(plan.grid().empty());
}

TEST(PlanTest, LinesHaveTheirOwnFilesAndSettings) {
  const testing::TemporaryFolder folder;
  SampleConfig config = config_of({}, 1);
  config.out = "out";
  config.prompts_file = folder
                            .write("p.csv",
                                   "prompt,file,num_images,seed,steps,guidance_scale\n"
                                   "gold,a/gold,,3,20,5\n"
                                   "gold,b.png,2,,\"1,5\",\n"
                                   "gold,,,4,,\n")
                            .string();
  const Plan plan = plan_of(config);
  std::vector<std::string> files;
  for (const Picture& picture : pictures_of(plan)) files.push_back(picture.file.string());
  EXPECT_EQ(files, (std::vector<std::string>{"out/a/gold.png", "out/b-seed-0-steps-1.png",
                                             "out/b-seed-1-steps-1.png", "out/b-seed-0-steps-5.png",
                                             "out/b-seed-1-steps-5.png", "out/gold/seed-4.png"}));
  const Picture first = pictures_of(plan)[0];
  EXPECT_EQ(first.seed, 3U);
  EXPECT_EQ(first.steps, 20);
  EXPECT_EQ(first.guidance_scale, 5);
  EXPECT_TRUE(plan.column_labels().empty());  // they differ from line to line
  EXPECT_TRUE(plan.labels_pictures());
  std::vector<std::string> labels;
  for (const Picture& picture : pictures_of(plan)) labels.push_back(picture.label);
  EXPECT_EQ(labels, (std::vector<std::string>{"3", "1 step", "1 step", "5 steps", "5 steps", "4"}));
  EXPECT_EQ(plan.row_labels(),
            (std::vector<std::string>{"gold · 20 steps · guidance 5", "gold · guidance 3 · 0",
                                      "gold · guidance 3 · 1", "gold · 50 steps · guidance 3"}));
  EXPECT_EQ(plan.layout().columns, 2U);
  EXPECT_EQ(pictures_of(plan)[4].row, 2U);
  EXPECT_EQ(pictures_of(plan)[4].column, 1U);
  EXPECT_EQ(pictures_of(plan)[5].row, 3U);
}

TEST(PlanTest, ManySeedsTakeSeveralRows) {
  const Plan plan = plan_of(config_of({"gold", "water"}, 70));
  EXPECT_EQ(plan.layout().rows, 6U);
  EXPECT_EQ(pictures_of(plan)[70 + 33].row, 4U);
  EXPECT_EQ(pictures_of(plan)[70 + 33].column, 1U);
  EXPECT_EQ(plan.row_labels(), (std::vector<std::string>{"gold", "", "", "water", "", ""}));
  EXPECT_TRUE(plan.column_labels().empty());
}

TEST(PlanTest, PromptsAndTheKindOfModelMustFit) {
  expect_error<ConfigError>([] { plan_of(config_of({}, 1)); }, {"no prompt"});
  expect_error<ConfigError>([] { plan_of(config_of({"gold"}, 1), false); }, {"gold", "unconditional"});
  SampleConfig negative = config_of({}, 1);
  negative.request.negative_prompt = "water";
  expect_error<ConfigError>([&] { plan_of(negative, false); }, {"negative prompt", "water", "unconditional"});
  const Picture picture = pictures_of(plan_of(config_of({}, 2), false))[0];
  EXPECT_EQ(picture.file, "samples/unconditional/seed-0.png");
  EXPECT_EQ(picture.guidance_scale, 1);
  const testing::TemporaryFolder folder;
  SampleConfig config = config_of({}, 1);
  config.prompts_file = folder.write("p.jsonl", "{\"prompt\": \"a\"}\n{\"seed\": 1}\n").string();
  expect_error<ConfigError>([&] { plan_of(config); }, {"p.jsonl:2", "no prompt"});
}

TEST(PlanTest, NothingIsDrawnTwice) {
  expect_error<ConfigError>([] { plan_of(config_of({"gold", "gold"}, 1)); }, {"gold", "twice"});
  SampleConfig config = config_of({"gold"}, 1);
  config.request.seeds = "1,0-3";
  expect_error<ConfigError>([&] { plan_of(config); }, {"seed 1", "twice"});
}

TEST(PlanTest, AJobHasALimit) {
  SampleConfig config = config_of({"gold"}, 1);
  config.request.seeds = "0-999999999";
  expect_error<ConfigError>([&] { plan_of(config); }, {"10000000", "several jobs"});
}

TEST(PlanTest, OneFileIsNotForPicturesBesideAGrid) {
  SampleConfig config = config_of({"gold"}, 4);
  config.out = "a.png";
  config.grid = "b.png";
  expect_error<ConfigError>([&] { plan_of(config); }, {"a.png", "one picture", "4 pictures"});
  config.request.num_images = 1;
  EXPECT_EQ(pictures_of(plan_of(config))[0].file, "a.png");
}

// A layout with gaps has many more cells than pictures.
TEST(PlanTest, CellsCountForTheLimit) {
  const testing::TemporaryFolder folder;
  std::string lines = "prompt,steps\n\"all\",\"";
  for (int steps = 1; steps <= 100; ++steps) lines += (steps > 1 ? "," : "") + std::to_string(steps);
  lines += "\"\n";
  for (int i = 0; i < 11; ++i) lines += "p" + std::to_string(i) + ",1\n";
  SampleConfig config = config_of({}, 1);
  config.prompts_file = folder.write("p.csv", lines).string();
  EXPECT_TRUE(plan_of(config).grid().empty());
  config = config_of({"gold"}, 1024);
  config.nearest = true;
  EXPECT_TRUE(plan_of(config).grid().empty());
}

TEST(PlanTest, GridsHaveTheirLimits) {
  EXPECT_FALSE(plan_of(config_of({"gold"}, 1024)).grid().empty());
  EXPECT_TRUE(plan_of(config_of({"gold"}, 1025)).grid().empty());
  SampleConfig config = config_of({"gold"}, 20'000);
  config.grid = "g.png";
  expect_error<ConfigError>([&] { plan_of(config); }, {"141 rows", "142 columns", "16384"});
  config.request.num_images = 16'384;
  EXPECT_EQ(plan_of(config).grid(), "g.png");
  config.request.num_images = 8;
  EXPECT_EQ(plan_of(config).grid(), "g.png");
  config.shard = "0/2";
  expect_error<ConfigError>([&] { plan_of(config); }, {"grid", "shard"});
  config.grid = "";
  EXPECT_TRUE(plan_of(config).grid().empty());
}

}  // namespace
}  // namespace glyffuser

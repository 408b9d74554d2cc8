#include "glyffuser/train/reporter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

TEST(ReporterTest, RecordsAreMeansSinceTheLastOne) {
  const testing::TemporaryFolder folder;
  Metrics metrics(folder / "m.jsonl", 0);
  TrainConfig config;
  config.log_every = 2;
  config.batch_size = 10;
  Reporter reporter(metrics, config, 100, 5, {}, /*quiet=*/true);
  for (int step = 1; step <= 5; ++step) {
    const TrainStep result{.loss = static_cast<double>(step), .grad_norm = 2.0 * step, .skipped = step == 3};
    reporter.step(result, {.step = step, .samples = 10 * step, .skipped_steps = step >= 3});
  }
  const auto lines = split(trim(read_file(folder / "m.jsonl")), '\n');
  ASSERT_EQ(lines.size(), 3U);
  const auto first = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(first["step"], 2);
  EXPECT_EQ(first["loss"], 1.5);
  EXPECT_EQ(first["grad_norm"], 3);
  EXPECT_EQ(first["samples"], 20);
  EXPECT_EQ(first["epoch"], 0.2);
  EXPECT_GT(first["peak_memory"], 1'000'000);
  EXPECT_GE(first["seconds"], 0);
  const auto second = nlohmann::json::parse(lines[1]);
  EXPECT_EQ(second["loss"], 4);  // step 3 was skipped
  EXPECT_EQ(second["skipped_steps"], 1);
  EXPECT_EQ(nlohmann::json::parse(lines[2])["step"], 5);
  // The smoothed loss goes on over all records: 1, then 0.98 of it and 0.02 of 2, of 4 and of 5.
  EXPECT_NEAR(reporter.sums().smoothed_loss, 0.98 * (0.98 * (0.98 + 0.04) + 0.08) + 0.1, 1e-12);
}

TEST(ReporterTest, ValidationsSayWhereTheyAreAndUselessCaptionsWarn) {
  const testing::TemporaryFolder folder;
  Metrics metrics(folder / "m.jsonl", 0);
  Reporter reporter(metrics, TrainConfig{}, 100, 5, TrainState{}, /*quiet=*/true);
  ::testing::internal::CaptureStderr();
  for (int step = 1; step <= 4; ++step)
    reporter.validation(
        {{"loss", 0.5}, {"shuffled_loss", 0.5}, {"conditioning_gain", 0}, {"conditioning_gain_error", 0.01}},
        {.step = step, .samples = 100'000 * step});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.find("the captions do not help"), said.rfind("the captions do not help"));
  EXPECT_NE(said.find("the captions do not help"), std::string::npos);
  const auto record = nlohmann::json::parse(split(read_file(folder / "m.jsonl"), '\n').front());
  EXPECT_EQ(record["kind"], "validation");
  EXPECT_EQ(record["samples"], 100'000);
  EXPECT_EQ(record["epoch"], 1000);
  EXPECT_EQ(record["shuffled_loss"], 0.5);
}

TEST(ReporterTest, WithoutCaptionsNothingIsSaidOfThem) {
  const testing::TemporaryFolder folder;
  Metrics metrics(folder / "m.jsonl", 0);
  Reporter reporter(metrics, TrainConfig{}, 100, 5, TrainState{}, /*quiet=*/true);
  ::testing::internal::CaptureStderr();
  for (int step = 1; step <= 4; ++step)
    reporter.validation({{"loss", 0.5}}, {.step = step, .samples = 100'000 * step});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(ReporterTest, SpeedsAreOfThisProcessAndOfTheStepsSinceTheLastRecord) {
  const testing::TemporaryFolder folder;
  Metrics metrics(folder / "m.jsonl", 1000);
  TrainConfig config;
  config.log_every = 2;
  config.batch_size = 10;
  ::testing::internal::CaptureStderr();
  {
    Reporter reporter(metrics, config, 100, 1004, {.step = 1000}, /*quiet=*/false);
    for (int step = 1001; step <= 1004; ++step) {
      if (step % 2 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      reporter.step({.loss = 1, .grad_norm = 1}, {.step = step, .samples = 10 * step});
    }
  }
  const std::string said = ::testing::internal::GetCapturedStderr();
  // Twenty samples in a twentieth of a second or more.
  for (const std::string& line : split(trim(read_file(folder / "m.jsonl")), '\n'))
    EXPECT_LE(nlohmann::json::parse(line)["samples_per_second"], 400) << line;
  const std::size_t end = said.rfind(" samples/s");
  ASSERT_NE(end, std::string::npos) << said;
  EXPECT_LE(std::stod(said.substr(said.rfind("| ", end) + 2)), 400) << said;
}

}  // namespace glyffuser

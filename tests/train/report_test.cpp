#include "glyffuser/train/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/train/metrics.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ::testing::Test {
 protected:
  std::filesystem::path run() const { return folder_ / "my-run"; }

  /// As many training records as this, ten steps and two seconds apart.
  void write_records(int count) const {
    std::string lines;
    for (int i = 1; i <= count; ++i)
      lines += cat("{\"step\":", 10 * i, ",\"kind\":\"train\",\"samples\":", 640 * i, ",\"epoch\":", i * 0.03,
                   ",\"loss\":", 1.0 / i + 0.01 * std::sin(i),
                   ",\"grad_norm\":0.123456789,\"learning_rate\":0.0005",
                   ",\"skipped_steps\":0,\"samples_per_second\":", 300 + i % 7,
                   ",\"peak_memory\":1234567890,\"seconds\":", 2 * i, "}\n");
    folder_.write("my-run/metrics.jsonl", lines);
  }

  json data(const ReportStatus& status) const {
    RunHistory history(run() / "metrics.jsonl");
    history.read_new();
    return json::parse(report_json(run(), history, status));
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ReportTest, HoldsWhatTheRunSaid) {
  folder_.write("my-run/config.yaml", "seed: 1\n");
  folder_.write("my-run/train.log",
                "2026-01-01 10:00:00 info: hello\n2026-01-01 10:00:01 warning: a </script> \xff\n");
  {
    Metrics metrics(run() / "metrics.jsonl", 0);
    metrics.write(0, "run", {{"parameters", 99}}, {{"device_name", "a processor"}});
    metrics.write(5, "train", {{"loss", 0.25}, {"grad_norm", std::nan("")}});
    metrics.write(5, "validation", {{"loss", 0.5}, {"shuffled_loss", 0.625}});
  }
  const json page = data({.state = "running", .step = 7, .total_steps = 10, .written = 1234});
  EXPECT_EQ(page["name"], "my-run");
  EXPECT_EQ(page["state"], "running");
  EXPECT_EQ(page["step"], 7);
  EXPECT_EQ(page["total_steps"], 10);
  EXPECT_EQ(page["written"], 1234);
  EXPECT_EQ(page["run"]["device_name"], "a processor");
  EXPECT_EQ(page["train"]["loss"], json::array({0.25}));
  EXPECT_EQ(page["train"]["loss_smoothed"], json::array({0.25}));
  EXPECT_EQ(page["train"]["grad_norm"], json::array({nullptr}));
  EXPECT_EQ(page["validation"]["shuffled_loss"], json::array({0.625}));
  EXPECT_EQ(page["config"], "seed: 1\n");
  ASSERT_EQ(page["warnings"].size(), 1U);
  EXPECT_THAT(page["warnings"][0].get<std::string>(), HasSubstr("</script>"));
}

TEST_F(ReportTest, ARunThatHasNotBegunHasNoCurves) {
  std::filesystem::create_directories(run());
  const json page = data({.state = "running", .total_steps = 10});
  EXPECT_TRUE(page["train"].empty());
  EXPECT_TRUE(page["seconds_left"].is_null());
}

TEST_F(ReportTest, LongRunsKeepTheirExtremes) {
  write_records(10'000);
  const json page = data({.state = "running", .step = 100'000, .total_steps = 200'000});
  const json& loss = page["train"]["loss"];
  EXPECT_EQ(page["records"], 10'000);
  EXPECT_LE(loss.size(), 3002U);
  EXPECT_EQ(page["train"]["step"].front(), 10);
  EXPECT_EQ(page["train"]["step"].back(), 100'000);
  EXPECT_NEAR(loss.front(), 1 + 0.01 * std::sin(1), 1e-5);
  EXPECT_EQ(page["train"]["grad_norm"][0], 0.123457);  // six digits are enough for a curve
  EXPECT_EQ(page["train"]["peak_memory"][0], 1234567890);
  for (const auto& [name, values] : page["train"].items()) EXPECT_EQ(values.size(), loss.size()) << name;
  EXPECT_NEAR(page["seconds_left"], 20'000, 1);  // a fifth of a second a step
}

TEST_F(ReportTest, TheTimeLeftFollowsThePaceOfLate) {
  write_records(3);
  RunHistory history(run() / "metrics.jsonl");
  history.read_new();
  const RecordColumns& train = history.records("train");
  EXPECT_NEAR(seconds_left(train, 30, 100), 14, 1e-9);
  EXPECT_EQ(seconds_left(train, 100, 100), 0);
  EXPECT_LT(seconds_left({}, 0, 100), 0);
  // Over five records at least: 18 s for 50 steps, not 10 s for the last ten.
  const RecordColumns slow_at_last = {
      7, {{"step", {10, 20, 30, 40, 50, 60, 70}}, {"seconds", {0, 2, 4, 6, 8, 10, 20}}}};
  EXPECT_NEAR(seconds_left(slow_at_last, 70, 170), 36, 1e-9);
}

TEST_F(ReportTest, PreviewsAreSpreadEvenlyWithTheNewest) {
  for (int i = 1; i <= 20; ++i) folder_.write(cat("my-run/samples/step-", i, ".png"), std::string(100, 'x'));
  folder_.write("my-run/samples/step-7.png.tmp", "x");
  folder_.write("my-run/samples/grid.png", "x");
  const auto names = [&](std::size_t most, std::uintmax_t bytes, std::int64_t last_step = 20) {
    std::vector<std::string> found;
    for (const auto& file : report_previews(run() / "samples", last_step, most, bytes))
      found.push_back(file.filename());
    return found;
  };
  EXPECT_EQ(names(60, 1'000'000).size(), 20U);
  EXPECT_EQ(names(4, 1'000'000),
            (std::vector<std::string>{"step-5.png", "step-10.png", "step-15.png", "step-20.png"}));
  EXPECT_EQ(names(60, 210), (std::vector<std::string>{"step-10.png", "step-20.png"}));
  EXPECT_EQ(names(60, 1), (std::vector<std::string>{"step-20.png"}));
  EXPECT_EQ(names(60, 1'000'000, 12).size(), 12U);  // of a run that went back
  EXPECT_TRUE(report_previews(run() / "none", 20, 60, 1).empty());
}

TEST_F(ReportTest, TheDocumentIsWhole) {
  write_records(2);
  folder_.write("my-run/train.log", "2026-01-01 10:00:01 warning: </script><script>alert(1)\n");
  folder_.write("my-run/samples/step-00000020.png", "foobar");
  RunHistory history(run() / "metrics.jsonl");
  history.read_new();
  const std::string page = make_report(run(), history, {.state = "finished", .step = 20, .total_steps = 20});
  EXPECT_THAT(page, HasSubstr("id=\"preview-20\">Zm9vYmFy</script>"));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("</script><script>alert")));
  EXPECT_THAT(page, HasSubstr("Permission to use, copy, modify, and/or distribute"));  // d3's licence
  for (const auto* mark : {"{{data}}", "{{style}}", "{{script}}", "{{d3}}"})
    EXPECT_THAT(page, Not(HasSubstr(mark)));
}

TEST_F(ReportTest, TheLastFiftyWarningsAndErrorsAreShown) {
  std::string log;
  for (int i = 0; i < 59; ++i) log += cat("2026-01-01 10:00:00 warning: number ", i, "\n");
  folder_.write("my-run/train.log", log + "2026-01-01 10:00:01 error: the end\n");
  const json warnings = data({.state = "failed", .total_steps = 10})["warnings"];
  ASSERT_EQ(warnings.size(), 50U);
  EXPECT_THAT(warnings.front().get<std::string>(), HasSubstr("number 10"));
  EXPECT_THAT(warnings.back().get<std::string>(), HasSubstr("error: the end"));
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/report_writer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "glyffuser/core/files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class ReportWriterTest : public ::testing::Test {
 protected:
  /// The data of the report in the folder.
  nlohmann::json data() const {
    const std::string page = read_file(folder_ / "report.html");
    const std::string mark = "id=\"run-data\">";
    const std::size_t begin = page.find(mark) + mark.size();
    return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  }
  /// Waits until the report says this step.
  bool says_step(std::int64_t step) const {
    for (int tries = 0; tries < 500; ++tries) {
      if (std::filesystem::exists(folder_ / "report.html") && data()["step"] == step) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ReportWriterTest, WritesAtFirstAtEventsAndAtTheEnd) {
  {
    ReportWriter writer(folder_.path(), 3, 9, hours(1));
    writer.update(4, false);
    ASSERT_TRUE(says_step(4));
    EXPECT_EQ(data()["state"], "running");
    EXPECT_EQ(data()["total_steps"], 9);
    writer.update(5, false);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(data()["step"], 4);
    writer.update(6, true);
    ASSERT_TRUE(says_step(6));
    writer.update(9, false);
    writer.finish();
  }
  EXPECT_EQ(data()["state"], "finished");
  EXPECT_EQ(data()["step"], 9);
}

TEST_F(ReportWriterTest, WritesWhenTheIntervalIsOver) {
  ReportWriter writer(folder_.path(), 0, 9, seconds(0));
  writer.update(1, false);
  ASSERT_TRUE(says_step(1));
  // The thread may still be at its last line, then this step's report follows with the next one.
  for (int tries = 0; tries < 500 && data()["step"] != 2; ++tries) {
    writer.update(2, false);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(says_step(2));
}

TEST_F(ReportWriterTest, SaysHowARunEnded) {
  { ReportWriter writer(folder_.path(), 5, 9); }
  EXPECT_EQ(data()["state"], "stopped");
  EXPECT_EQ(data()["step"], 5);
  try {
    ReportWriter writer(folder_.path(), 0, 9);
    throw std::runtime_error("diverged");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(data()["state"], "failed");
}

TEST_F(ReportWriterTest, AReportThatCannotBeWrittenDoesNotEndTheRun) {
  std::filesystem::create_directory(folder_ / "report.html");
  folder_.write("report.html/a-file", "");
  ReportWriter writer(folder_.path(), 0, 9);
  EXPECT_NO_THROW(writer.update(1, true));
}

TEST_F(ReportWriterTest, ALongRunCostsLittle) {
  std::string lines;
  for (int i = 1; i <= 10'000; ++i)
    lines += "{\"step\":" + std::to_string(i) +
             ",\"kind\":\"train\",\"samples\":640,\"epoch\":0.0634889142403,\"loss\":0.53181042671203,\"grad_"
             "norm\":6.931210541725,"
             "\"learning_rate\":0.000533333,\"skipped_steps\":0,\"samples_per_second\":133.977602244,"
             "\"seconds\":1.5}\n";
  folder_.write("metrics.jsonl", lines);
  ReportWriter writer(folder_.path(), 0, 20'000, hours(1));
  const auto start = std::chrono::steady_clock::now();
  writer.update(1, true);
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(says_step(1));
  EXPECT_LT(waited.count(), 0.1);  // the loop does not wait for the page
  EXPECT_EQ(data()["records"], 10'000);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/history.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "glyffuser/train/metrics.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

TEST(HistoryTest, RecordsBecomeColumnsByKind) {
  const testing::TemporaryFolder folder;
  Metrics metrics(folder / "m.jsonl", 0);
  metrics.write(0, "run", {{"total_steps", 40}}, {{"device", "cpu"}});
  metrics.write(5, "train", {{"loss", 0.5}});
  metrics.write(5, "validation", {{"loss", 0.75}});
  metrics.write(10, "train", {{"loss", std::nan("")}, {"grad_norm", 2}});
  RunHistory history(folder / "m.jsonl");
  history.read_new();
  EXPECT_EQ(history.records("train").count, 2U);
  EXPECT_EQ(history.records("train").column("step"), (std::vector<double>{5, 10}));
  EXPECT_EQ(history.records("train").column("loss")[0], 0.5);
  EXPECT_TRUE(std::isnan(history.records("train").column("loss")[1]));
  EXPECT_TRUE(std::isnan(history.records("train").column("grad_norm")[0]));
  EXPECT_TRUE(std::isnan(history.records("train").column("none")[1]));
  EXPECT_EQ(history.records("validation").column("loss"), (std::vector<double>{0.75}));
  EXPECT_EQ(history.records("other").count, 0U);
  EXPECT_NE(history.run_record().find("\"device\":\"cpu\""), std::string::npos);
}

TEST(HistoryTest, OnlyWholeNewLinesAreTaken) {
  const testing::TemporaryFolder folder;
  RunHistory history(folder / "m.jsonl");
  history.read_new();
  EXPECT_EQ(history.records("train").count, 0U);
  std::ofstream out(folder / "m.jsonl");
  out << "{\"step\":1,\"kind\":\"train\"}\nno record\n{\"step\":2,\"ki" << std::flush;
  history.read_new();
  EXPECT_EQ(history.records("train").count, 1U);
  out << "nd\":\"train\"}\n" << std::flush;
  history.read_new();
  history.read_new();
  EXPECT_EQ(history.records("train").column("step"), (std::vector<double>{1, 2}));
}

TEST(HistoryTest, TheNewestRunRecordCountsAndEveryColumnHasAllRecords) {
  const testing::TemporaryFolder folder;
  Metrics metrics(folder / "m.jsonl", 0);
  metrics.write(0, "run", {}, {{"device", "one"}});
  metrics.write(1, "train", {{"loss", 1}, {"grad_norm", 2}});
  metrics.write(2, "train", {{"loss", 3}});
  metrics.write(2, "run", {}, {{"device", "another"}});
  RunHistory history(folder / "m.jsonl");
  history.read_new();
  EXPECT_NE(history.run_record().find("another"), std::string::npos);
  const auto norms = history.records("train").column("grad_norm");
  ASSERT_EQ(norms.size(), 2U);
  EXPECT_TRUE(std::isnan(norms[1]));
}

}  // namespace glyffuser

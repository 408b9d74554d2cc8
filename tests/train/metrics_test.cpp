#include "glyffuser/train/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "glyffuser/core/files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

using ::testing::MatchesRegex;

TEST(MetricsTest, OneLineARecord) {
  const testing::TemporaryFolder folder;
  Metrics(folder / "m.jsonl", 0)
      .write(5, "train", {{"loss", 0.5}, {"samples", 320}, {"huge", 1e20}, {"bad", std::nan("")}},
             {{"device", "\"cpu\""}});
  EXPECT_THAT(
      read_file(folder / "m.jsonl"),
      MatchesRegex(
          "\\{\"step\":5,\"kind\":\"train\",\"loss\":0.5,\"samples\":320,\"huge\":1e\\+20,\"bad\":null,"
          "\"device\":\"\\\\\"cpu\\\\\"\",\"seconds\":[0-9.]+\\}\n"));
}

TEST(MetricsTest, OpeningDropsWhatTheCheckpointDoesNotKnow) {
  const testing::TemporaryFolder folder;
  folder.write("m.jsonl",
               "{\"step\":1,\"kind\":\"train\"}\n{\"step\":2,\"kind\":\"train\"}\n{\"step\":3,\"ki");
  Metrics metrics(folder / "m.jsonl", 1);
  metrics.write(2, "train", {});
  EXPECT_THAT(read_file(folder / "m.jsonl"),
              MatchesRegex("\\{\"step\":1,\"kind\":\"train\"\\}\n"
                           "\\{\"step\":2,\"kind\":\"train\",\"seconds\":[0-9.]+\\}\n"));
}

TEST(MetricsTest, AKindThatIsNoTextIsNoReasonToEnd) {
  const testing::TemporaryFolder folder;
  const std::string odd = "{\"step\":6,\"kind\":5}\n{\"step\":6}\n";
  const Metrics metrics(folder.write("m.jsonl", odd), 6);
  EXPECT_EQ(read_file(folder / "m.jsonl"), odd);
}

TEST(MetricsTest, TimeGoesOnAndAProcessThatLeftNothingLeavesNoRecord) {
  const testing::TemporaryFolder folder;
  const auto file = folder.write("m.jsonl",
                                 "{\"step\":0,\"kind\":\"run\",\"seconds\":1}\n"
                                 "{\"step\":4,\"kind\":\"train\",\"seconds\":100}\n"
                                 "{\"step\":4,\"kind\":\"run\",\"seconds\":100.5}\n"
                                 "{\"step\":5,\"kind\":\"train\",\"seconds\":2000}\n");
  Metrics metrics(file, 4);
  EXPECT_GE(metrics.seconds(), 100);
  EXPECT_LT(metrics.seconds(), 200);
  EXPECT_EQ(read_file(file),
            "{\"step\":0,\"kind\":\"run\",\"seconds\":1}\n{\"step\":4,\"kind\":\"train\",\"seconds\":100}\n");
}

}  // namespace glyffuser

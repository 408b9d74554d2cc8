#include "glyffuser/train/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "glyffuser/core/files.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

TEST(MetricsTest, OneLineARecord) {
  const testing::TemporaryFolder folder;
  Metrics(folder / "m.jsonl", 0).write(5, "train", {{"loss", 0.5}, {"samples", 320}, {"bad", std::nan("")}});
  EXPECT_EQ(read_file(folder / "m.jsonl"),
            "{\"step\":5,\"kind\":\"train\",\"loss\":0.5,\"samples\":320,\"bad\":null}\n");
}

TEST(MetricsTest, OpeningDropsWhatTheCheckpointDoesNotKnow) {
  const testing::TemporaryFolder folder;
  folder.write("m.jsonl",
               "{\"step\":1,\"kind\":\"train\"}\n{\"step\":2,\"kind\":\"train\"}\n{\"step\":3,\"ki");
  Metrics metrics(folder / "m.jsonl", 1);
  metrics.write(2, "train", {});
  EXPECT_EQ(read_file(folder / "m.jsonl"),
            "{\"step\":1,\"kind\":\"train\"}\n{\"step\":2,\"kind\":\"train\"}\n");
}

}  // namespace glyffuser

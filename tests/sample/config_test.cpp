#include "glyffuser/sample/config.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser {

TEST(SampleConfigTest, SeedsAsAListOrACount) {
  RequestSettings settings;
  settings.seed = 5;
  settings.num_images = 3;
  EXPECT_EQ(seed_list(settings), SeedList(5, 3));
  settings.seeds = "0-2, 70";
  EXPECT_EQ(seed_list(settings), SeedList("0-2,70"));
}

TEST(SampleConfigTest, Shards) {
  EXPECT_EQ(parse_shard("").count, 1U);
  EXPECT_EQ(parse_shard("3/4").index, 3U);
  EXPECT_EQ(parse_shard("3/4").count, 4U);
  for (const char* text : {"4/4", "1", "/2", "1/", "-1/2", "1/2/3", "a/b", "1 / 2"})
    testing::expect_error<ConfigError>([&] { parse_shard(text); }, {text, "0/4"});
}

}  // namespace glyffuser

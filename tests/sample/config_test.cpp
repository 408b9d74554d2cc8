#include "glyffuser/sample/config.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
using testing::expect_error;

TEST(SampleConfigTest, SeedsAsAListOrACount) {
  SampleConfig config;
  config.seed = 5;
  config.num_images = 3;
  EXPECT_EQ(seed_list(config), (std::vector<std::uint64_t>{5, 6, 7}));
  config.seeds = "0-2, 70";
  EXPECT_EQ(seed_list(config), (std::vector<std::uint64_t>{0, 1, 2, 70}));
}

TEST(SampleConfigTest, WhatIsNoSeedListIsRefused) {
  SampleConfig config;
  for (const char* text : {"a", "1-", "-1", "3-1", "1,,2", "0-99999999999", "1.5"}) {
    config.seeds = text;
    expect_error<ConfigError>([&] { seed_list(config); }, {text, "0-63,70"});
  }
}

TEST(SampleConfigTest, PromptsFromAFile) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.prompts = {"gold"};
  config.prompts_file = folder.write("p.txt", "water\n\n  to speak \r\n金\n").string();
  EXPECT_EQ(prompt_list(config), (std::vector<std::string>{"gold", "water", "to speak", "金"}));
}

TEST(SampleConfigTest, PromptFilesThatAreNone) {
  const testing::TemporaryFolder folder;
  SampleConfig config;
  config.prompts_file = (folder / "none.txt").string();
  expect_error<ConfigError>([&] { prompt_list(config); }, {"none.txt"});
  config.prompts_file = folder.write("empty.txt", "\n\n").string();
  expect_error<ConfigError>([&] { prompt_list(config); }, {"empty.txt", "no prompt"});
  config.prompts_file = folder.write("bad.txt", "gold\n\xff\xfe\n").string();
  expect_error<ConfigError>([&] { prompt_list(config); }, {"bad.txt:2", "UTF-8"});
}

}  // namespace glyffuser

#include "glyffuser/sample/serve.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tests/sample/saved_model.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

struct Served {
  ExitCode code;
  std::vector<nlohmann::json> answers;
};

Served serve(const SampleConfig& config, const std::string& lines) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  EXPECT_EQ(::write(ends[1], lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  ::close(ends[1]);
  LineInput input(ends[0], [] { return false; });
  Served served;
  served.code =
      serve_requests(config, DataConfig{}, torch::kCPU, Cancellation(), input,
                     [&](const std::string& line) { served.answers.push_back(nlohmann::json::parse(line)); });
  ::close(ends[0]);
  return served;
}

TEST(ServeTest, ALineForALine) {
  const testing::SavedModel saved;
  const Served served = serve(saved.config(), "{\"seed\": 3, \"id\": [1]}\n\n{\"num_images\": 1}");
  EXPECT_EQ(served.code, ExitCode::done);
  ASSERT_EQ(served.answers.size(), 2U);
  EXPECT_EQ(served.answers[0]["id"], nlohmann::json({1}));
  EXPECT_EQ(served.answers[0]["images"].size(), 2U);
  EXPECT_EQ(served.answers[0]["images"][1]["seed"], 4);
  EXPECT_FALSE(served.answers[1].contains("id"));
  EXPECT_EQ(served.answers[1]["images"].size(), 1U);
}

TEST(ServeTest, WhatCannotBeDrawnIsAnsweredTooAndTheRestGoesOn) {
  const testing::SavedModel saved;
  const Served served =
      serve(saved.config(),
            "[]\n{\"prompt\": \"gold\", \"id\": 5}\n{\"steps\": 1001}\n{\"num_images\": 1, \"file\": \"" +
                std::string(300, 'x') + "\"}\n{\"num_images\": 1}\n");
  EXPECT_EQ(served.code, ExitCode::usage);
  ASSERT_EQ(served.answers.size(), 5U);
  EXPECT_NE(served.answers[0]["error"].get<std::string>().find("line 1"), std::string::npos);
  EXPECT_EQ(served.answers[1]["id"], 5);
  EXPECT_NE(served.answers[1]["error"].get<std::string>().find("unconditional"), std::string::npos);
  EXPECT_TRUE(served.answers[2].contains("error"));
  EXPECT_TRUE(served.answers[3].contains("error"));  // the file system takes no such name
  EXPECT_EQ(served.answers[4]["images"].size(), 1U);
}

TEST(ServeTest, ADeeplyNestedLineIsRefusedAsAWholeAndInItsId) {
  const testing::SavedModel saved;
  const std::string deep = std::string(20'000, '[') + std::string(20'000, ']');  // within a pipe's 64 KiB
  const Served served = serve(saved.config(), "{\"id\": " + deep + "}\n{\"num_images\": 1}\n");
  ASSERT_EQ(served.answers.size(), 2U);
  EXPECT_NE(served.answers[0]["error"].get<std::string>().find("32 deep"), std::string::npos);
  EXPECT_EQ(served.answers[1]["images"].size(), 1U);
}

TEST(ServeTest, SettingsThatMakeNoSenseHere) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  config.grid = "g.png";
  testing::expect_error<ConfigError>([&] { serve(config, ""); }, {"--grid", "--prompts -"});
  config = saved.config();
  config.out = "a.png";
  testing::expect_error<ConfigError>([&] { serve(config, ""); }, {"--out"});
}

}  // namespace
}  // namespace glyffuser

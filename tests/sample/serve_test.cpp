#include "glyffuser/sample/serve.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/sample/saved_model.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

struct Served {
  ExitCode code;
  std::vector<nlohmann::json> answers;
};

Served serve(
    const SampleConfig& config, const std::string& lines, const std::function<void()>& answered = [] {}) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  EXPECT_EQ(::write(ends[1], lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
  ::close(ends[1]);
  LineInput input(ends[0], [] { return false; });
  Served served;
  served.code =
      serve_requests(config, DataConfig{}, torch::kCPU, Cancellation(), input, [&](const std::string& line) {
        served.answers.push_back(nlohmann::json::parse(line));
        answered();
      });
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

TEST(ServeTest, AKeyGivenTwiceIsRefusedBesideAnIdToo) {
  const testing::SavedModel saved;
  const Served served = serve(saved.config(), R"({"id": 1, "seed": 1, "seed": 2})");
  ASSERT_EQ(served.answers.size(), 1U);
  EXPECT_EQ(served.answers[0]["id"], 1);
  EXPECT_NE(served.answers[0]["error"].get<std::string>().find("twice"), std::string::npos);
}

TEST(ServeTest, NumbersBeyondAllAndASecondIdAreSaid) {
  const testing::SavedModel saved;
  const Served served =
      serve(saved.config(), "{\"guidance_scale\": 1e400}\n{\"id\": 1, \"seed\": 1, \"id\": 2}\n");
  ASSERT_EQ(served.answers.size(), 2U);
  EXPECT_NE(served.answers[0]["error"].get<std::string>().find("1e400"), std::string::npos);
  EXPECT_EQ(served.answers[1]["id"], 1);
  EXPECT_NE(served.answers[1]["error"].get<std::string>().find("`id` is given twice"), std::string::npos);
}

TEST(ServeTest, AnIdComesBackAsItIsOrNotAtAll) {
  const testing::SavedModel saved;
  const Served served =
      serve(saved.config(),
            "{\"id\": 18446744073709551615, \"num_images\": 1}\n{\"id\": 18446744073709551616}\n"
            "{\"id\": 1e20, \"num_images\": 1}\n");
  ASSERT_EQ(served.answers.size(), 3U);
  EXPECT_EQ(served.answers[0]["id"], 18446744073709551615ULL);
  EXPECT_FALSE(served.answers[1].contains("id"));
  EXPECT_NE(served.answers[1]["error"].get<std::string>().find("18446744073709551616"), std::string::npos);
  EXPECT_EQ(served.answers[2]["id"], 1e20);
}

TEST(ServeTest, AFolderThatCannotBeIsSaidBeforeTheFirstLine) {
  const testing::SavedModel saved;
  SampleConfig config = saved.config();
  config.out = (saved.folder() / "model/unet/config.json/out").string();
  testing::expect_error<RunError>([&] { serve(config, "{}\n"); }, {"unet/config.json"});
}

TEST(ServeTest, WhatASignalCutShortHasNoAnswer) {
  const testing::SavedModel saved;
  const Served served = serve(saved.config(), "{}\n{\"seed\": 9}\n", [] { std::raise(SIGTERM); });
  EXPECT_EQ(served.answers.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(saved.folder() / "out/unconditional/seed-9.png"));
}

TEST(ServeTest, SettingsThatMakeNoSenseHere) {
  const testing::SavedModel saved;
  const std::pair<std::string SampleConfig::*, const char*> flags[] = {
      {&SampleConfig::grid, "--grid"},
      {&SampleConfig::shard, "--shard"},
      {&SampleConfig::noise, "--noise"},
      {&SampleConfig::raw, "--raw"},
      {&SampleConfig::animation, "--animation"}};
  SampleConfig config;
  for (const auto& [key, flag] : flags) {
    config = saved.config();
    config.*key = "x";
    testing::expect_error<ConfigError>([&] { serve(config, ""); }, {flag, "--prompts -"});
  }
  config = saved.config();
  config.prompts = {"gold"};
  testing::expect_error<ConfigError>([&] { serve(config, ""); }, {"--prompt ", "--prompts -"});
  config = saved.config();
  config.preview = saved.folder().write("mine.png", "precious").string();
  testing::expect_error<ConfigError>([&] { serve(config, ""); }, {"mine.png", "--overwrite"});
  config = saved.config();
  config.out = "a.png";
  testing::expect_error<ConfigError>([&] { serve(config, ""); }, {"--out"});
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/launch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

/// The environment of a launcher for the lifetime of the object, and of nothing else.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> changes) {
    std::map<std::string, std::string> variables = {{"RANK", "1"},
                                                    {"WORLD_SIZE", "4"},
                                                    {"LOCAL_RANK", "1"},
                                                    {"MASTER_ADDR", "node7"},
                                                    {"MASTER_PORT", "29500"}};
    for (const auto& [name, value] : changes) variables[name] = value;
    clear();
    for (const auto& [name, value] : variables) {
      if (!value.empty()) ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  ~Environment() { clear(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void clear() {
    for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT",
                             "TORCHELASTIC_USE_AGENT_STORE", "TORCHELASTIC_RESTART_COUNT"})
      ::unsetenv(name);
  }
};

TEST(LaunchTest, ReadsWhatTorchrunSets) {
  const Environment environment(
      {{"TORCHELASTIC_USE_AGENT_STORE", "True"}, {"TORCHELASTIC_RESTART_COUNT", "2"}});
  const Launch launch = launch_from_environment();
  EXPECT_EQ(launch.rank, 1);
  EXPECT_EQ(launch.size, 4);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.master_address, "node7");
  EXPECT_EQ(launch.master_port, 29500);
  EXPECT_TRUE(launch.launcher_listens);
  EXPECT_EQ(launch.attempt, "2");
}

TEST(LaunchTest, WithoutALauncherThisProcessIsAlone) {
  for (const char* size : {"", "1"}) {
    const Environment environment({{"WORLD_SIZE", size}, {"RANK", "seven"}, {"MASTER_ADDR", ""}});
    const Launch launch = launch_from_environment();
    EXPECT_EQ(launch.size, 1);
    EXPECT_EQ(launch.rank, 0);
  }
}

TEST(LaunchTest, SaysWhichVariableIsWrong) {
  const auto expect = [](const char* name, const char* value, std::initializer_list<std::string> parts) {
    const Environment environment(std::map<std::string, std::string>{{name, value}});
    expect_error<ConfigError>([] { launch_from_environment(); }, parts);
  };
  expect("WORLD_SIZE", "two", {"WORLD_SIZE is `two`", "whole number from 1"});
  expect("WORLD_SIZE", "0", {"WORLD_SIZE is `0`"});
  expect("RANK", "", {"RANK is not set", "torchrun"});
  expect("RANK", "4", {"RANK is `4`", "from 0 to 3"});
  expect("RANK", "-1", {"RANK is `-1`"});
  expect("RANK", "1x", {"RANK is `1x`"});
  expect("LOCAL_RANK", "", {"LOCAL_RANK is not set"});
  expect("LOCAL_RANK", "9", {"LOCAL_RANK is `9`"});
  expect("MASTER_ADDR", "", {"MASTER_ADDR is not set"});
  expect("MASTER_PORT", "", {"MASTER_PORT is not set"});
  expect("MASTER_PORT", "70000", {"MASTER_PORT is `70000`", "65535"});
}

TEST(LaunchTest, TheLocalRankChoosesTheGpu) {
  const Launch third{.rank = 6, .size = 8, .local_rank = 2, .master_address = "node", .master_port = 1};
  EXPECT_EQ(device_of(third, "auto", true), "cuda:2");
  EXPECT_EQ(device_of(third, "auto", false), "auto");
  EXPECT_EQ(device_of(third, "cuda", true), "cuda:2");
  EXPECT_EQ(device_of(third, "cuda:0", true), "cuda:0");
  EXPECT_EQ(device_of(third, "cpu", true), "cpu");
  EXPECT_EQ(device_of(Launch{}, "auto", true), "auto");
}

}  // namespace
}  // namespace glyffuser

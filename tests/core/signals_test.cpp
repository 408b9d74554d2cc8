#include "glyffuser/core/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace glyffuser {

TEST(SignalsTest, ASignalSetsTheFlagAndTheExitCode) {
  {
    const Cancellation cancelled;
    EXPECT_FALSE(cancelled);
    EXPECT_EQ(cancelled.exit_code(), 0);
    std::raise(SIGTERM);
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(cancelled.exit_code(), 143);
  }
  const Cancellation again;
  EXPECT_FALSE(again);
  std::raise(SIGINT);
  EXPECT_EQ(again.exit_code(), 130);
}

TEST(SignalsTest, ALostTerminalMaySaySoTwice) {
  const auto before = std::signal(SIGHUP, SIG_DFL);
  {
    const Cancellation cancelled;
    std::raise(SIGHUP);
    std::raise(SIGHUP);
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(cancelled.exit_code(), 129);
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_DFL);
}

TEST(SignalsTest, UnderNohupALostTerminalIsNoMatter) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const Cancellation cancelled;
    std::raise(SIGHUP);
    EXPECT_FALSE(cancelled);
  }
  EXPECT_EQ(std::signal(SIGHUP, before), SIG_IGN);
}

TEST(SignalsTest, WhereNothingIsToBeSavedSignalsStayAsTheyWere) {
  const auto before = std::signal(SIGINT, SIG_IGN);
  {
    const Cancellation deaf(/*listens=*/false);
    EXPECT_NE(std::signal(SIGINT, SIG_IGN), SIG_DFL);
  }
  EXPECT_EQ(std::signal(SIGINT, before), SIG_IGN);
}

TEST(SignalsTest, ASecondSignalEndsTheProgram) {
  const auto twice = [] {
    const Cancellation cancelled;
    std::raise(SIGINT);
    std::raise(SIGINT);
  };
  EXPECT_EXIT(twice(), ::testing::KilledBySignal(SIGINT), "");
}

TEST(SignalsTest, AfterwardsSignalsActAsEver) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto before = std::signal(signal, SIG_DFL);
    { const Cancellation cancelled; }
    EXPECT_EQ(std::signal(signal, before), SIG_DFL) << signal;
  }
}

}  // namespace glyffuser

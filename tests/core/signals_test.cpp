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

}  // namespace glyffuser

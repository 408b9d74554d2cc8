#include "glyffuser/train/stop.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace glyffuser {
namespace {

TEST(StopTest, ASignalOutranksTheTimeLimit) {
  const Cancellation cancelled;
  const StopRequest request(cancelled, 0.0005);
  EXPECT_EQ(request.now(), Stop::none);
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  EXPECT_EQ(request.now(), Stop::out_of_time);
  EXPECT_EQ(StopRequest(cancelled, std::nullopt).now(), Stop::none);
  std::raise(SIGTERM);
  EXPECT_EQ(request.now(), Stop::terminated);
}

TEST(StopTest, TheLimitIsInMinutes) {
  const Cancellation cancelled;
  const StopRequest request(cancelled, 0.2);
  std::this_thread::sleep_for(std::chrono::milliseconds(210));
  EXPECT_EQ(request.now(), Stop::none);
}

TEST(StopTest, ExitCodes) {
  EXPECT_EQ(exit_code(Stop::none), ExitCode::done);
  EXPECT_EQ(exit_code(Stop::out_of_time), ExitCode::done);
  EXPECT_EQ(exit_code(Stop::interrupted), ExitCode::interrupted);
  EXPECT_EQ(exit_code(Stop::terminated), ExitCode::terminated);
}

}  // namespace
}  // namespace glyffuser

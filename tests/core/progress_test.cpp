#include "glyffuser/core/progress.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

namespace glyffuser {

TEST(ProgressTest, BarFillsFromLeftToRight) {
  EXPECT_EQ(progress_bar(0, 10, 4), "[>   ]");
  EXPECT_EQ(progress_bar(5, 10, 4), "[==> ]");
  EXPECT_EQ(progress_bar(10, 10, 4), "[====]");
  EXPECT_EQ(progress_bar(1, 0, 4), "[>   ]");
  EXPECT_EQ(progress_bar(1e9, 10, 4), "[====]");
}

TEST(ProgressTest, ElsewhereThanOnATerminalLinesComeSeldom) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress(false, 100.0);
    progress.show("one");
    progress.show("two");
    progress.show("three", true);
  }
  Progress(true).show("never", true);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "one\nthree\n");
}

TEST(ProgressTest, OnATerminalTheLineIsDrawnAgainInItsPlace) {
  int screen = -1, terminal = -1;
  ASSERT_EQ(::openpty(&screen, &terminal, nullptr, nullptr, nullptr), 0);
  const int stderr_before = ::dup(STDERR_FILENO);
  ::dup2(terminal, STDERR_FILENO);
  ::close(terminal);
  {
    Progress progress;
    progress.show("long", true);
    progress.show("x", true);
  }
  ::dup2(stderr_before, STDERR_FILENO);  // the terminal's last one: reading ends
  ::close(stderr_before);
  std::string shown;
  for (char byte = 0; ::read(screen, &byte, 1) == 1;) shown += byte;
  ::close(screen);
  EXPECT_EQ(shown, "\rlong\x1b[K\rx\x1b[K\r\n");
}

}  // namespace glyffuser

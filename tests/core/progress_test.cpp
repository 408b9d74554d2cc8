#include "glyffuser/core/progress.hpp"

#include <gtest/gtest.h>

namespace glyffuser {

TEST(ProgressTest, BarFillsFromLeftToRight) {
  EXPECT_EQ(progress_bar(0, 10, 4), "[>   ]");
  EXPECT_EQ(progress_bar(5, 10, 4), "[==> ]");
  EXPECT_EQ(progress_bar(10, 10, 4), "[====]");
  EXPECT_EQ(progress_bar(1, 0, 4), "[>   ]");
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

}  // namespace glyffuser

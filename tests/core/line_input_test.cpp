#include "glyffuser/core/line_input.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

class LineInputTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(ends_.data()), 0); }
  void TearDown() override {
    for (const int end : ends_) ::close(end);
  }
  void write(std::string_view text) {
    ASSERT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end() { ::close(std::exchange(ends_[1], -1)); }

  std::array<int, 2> ends_{};
};

TEST_F(LineInputTest, LinesInPiecesAndALastOneWithoutItsEnd) {
  LineInput input(ends_[0], [] { return false; });
  write("first\n\nsec");
  EXPECT_EQ(input.next(), "first");
  EXPECT_EQ(input.next(), "");
  write("ond\nlast");
  EXPECT_EQ(input.next(), "second");
  end();
  EXPECT_EQ(input.next(), "last");
  EXPECT_EQ(input.next(), std::nullopt);
  EXPECT_EQ(input.next(), std::nullopt);
}

TEST_F(LineInputTest, AStopEndsTheWaiting) {
  int asked = 0;
  LineInput input(ends_[0], [&] { return ++asked > 1; });
  EXPECT_EQ(input.next(), std::nullopt);
  EXPECT_EQ(asked, 2);
}

TEST_F(LineInputTest, WhatIsNoInput) {
  LineInput input(1 << 20, [] { return false; });
  testing::expect_error<RunError>([&] { input.next(); }, {"standard input"});
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/core/program.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

TEST(ProgramTest, InputOutputErrorsAndStatus) {
  const auto result = run_program({"sh", "-c", "cat; echo \"$1\" >&2; exit 3", "sh", "a 'b' $c"}, "hello\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "hello\n");
  EXPECT_EQ(result->errors, "a 'b' $c\n");
  EXPECT_EQ(result->status, 3);
}

TEST(ProgramTest, MuchOfEverythingBlocksNobody) {
  const std::string much(3'000'000, 'x');
  const auto echoed = run_program({"sh", "-c", "cat; cat /dev/zero | head -c 2000000 >&2"}, much);
  ASSERT_TRUE(echoed);
  EXPECT_EQ(echoed->output, much);
  EXPECT_EQ(echoed->errors.size(), 2'000'000U);
  const auto ignored = run_program({"true"}, much);  // never reads
  ASSERT_TRUE(ignored);
  EXPECT_EQ(ignored->status, 0);
}

TEST(ProgramTest, OneThatASignalEndsSaysSo) {
  const auto result = run_program({"sh", "-c", "kill -9 $$"}, "");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 128 + 9);
}

TEST(ProgramTest, StopKillsIt) {
  const auto start = std::chrono::steady_clock::now();
  int asked = 0;
  EXPECT_FALSE(run_program({"sleep", "60"}, "", [&] { return ++asked > 3; }));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(ProgramTest, OneThatIsNotThereIsNamed) {
  testing::expect_error<RunError>([] { run_program({"no-such-program-here"}, ""); },
                                  {"no-such-program-here", "cannot be started"});
  EXPECT_FALSE(is_on_path("no-such-program-here"));
  EXPECT_TRUE(is_on_path("sh"));
}

}  // namespace
}  // namespace glyffuser

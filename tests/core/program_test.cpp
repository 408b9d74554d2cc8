#include "glyffuser/core/program.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

TEST(ProgramTest, InputOutputErrorsAndStatus) {
  const auto result = run_program({"sh", "-c", "cat; echo \"$1\" >&2; exit 3", "sh", "a 'b' $c"}, "hello\n");
  EXPECT_EQ(result.output, "hello\n");
  EXPECT_EQ(result.errors, "a 'b' $c\n");
  EXPECT_EQ(result.status, 3);
}

TEST(ProgramTest, MuchOfEverythingBlocksNobody) {
  const std::string much(3'000'000, 'x');
  const auto echoed = run_program({"sh", "-c", "cat; cat /dev/zero | head -c 2000000 >&2"}, much);
  EXPECT_EQ(echoed.output, much);
  EXPECT_EQ(echoed.errors.size(), 2'000'000U);
  const auto ignored = run_program({"true"}, much);  // never reads
  EXPECT_EQ(ignored.status, 0);
}

TEST(ProgramTest, OneThatASignalEndsSaysSo) {
  const auto result = run_program({"sh", "-c", "kill -9 $$"}, "");
  EXPECT_EQ(result.status, 128 + 9);
}

TEST(ProgramTest, HasAProcessGroupOfItsOwn) {
  const auto result = run_program({"sh", "-c", "cut -d ' ' -f 5 /proc/$$/stat; echo $$"}, "");
  std::istringstream words(result.output);
  pid_t group = 0, id = 1;
  words >> group >> id;
  EXPECT_EQ(group, id);
}

TEST(ProgramTest, OneThatIsNotThereIsNamed) {
  testing::expect_error<RunError>([] { run_program({"no-such-program-here"}, ""); },
                                  {"no-such-program-here", "cannot be started"});
  EXPECT_FALSE(is_on_path("no-such-program-here"));
  EXPECT_TRUE(is_on_path("sh"));
}

TEST(ProgramTest, OnlyAFileThatMayRunIsAProgram) {
  const testing::TemporaryFolder folder;
  folder.write("text", "");
  std::filesystem::create_directory(folder / "folder");
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", folder.path().c_str(), 1);
  EXPECT_FALSE(is_on_path("text"));
  EXPECT_FALSE(is_on_path("folder"));
  ::setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/core/log.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/files.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {

TEST(LogTest, TheFileTakesInfoWhateverTheConsoleShows) {
  const testing::TemporaryFolder folder;
  log::set_level(log::Level::off);
  log::open_file(folder / "train.log");
  log::info("with {braces} and 100 %");
  log::debug("unseen");
  log::set_level(log::Level::info);
  const std::string content = read_file(folder / "train.log");
  EXPECT_NE(content.find("info: with {braces} and 100 %"), std::string::npos);
  EXPECT_EQ(content.find("unseen"), std::string::npos);
}

TEST(LogTest, ThePrefixStandsBeforeTheMessage) {
  ::testing::internal::CaptureStderr();
  log::set_prefix("rank 1: ");
  log::warning("slow");
  log::set_prefix("");
  log::warning("again");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "warning: rank 1: slow\nwarning: again\n");
}

TEST(LogTest, LevelsByName) {
  EXPECT_EQ(log::parse_level("warn"), log::Level::warning);
  testing::expect_error<ConfigError>([] { log::parse_level("eror"); }, {"eror", "did you mean `error`"});
}

}  // namespace glyffuser

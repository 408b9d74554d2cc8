#include "glyffuser/core/log.hpp"

#include <gmock/gmock.h>
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

TEST(LogTest, OnlyWhatIsOfTheLevelIsShown) {
  const auto said = [](log::Level level) {
    ::testing::internal::CaptureStderr();
    log::set_level(level);
    log::debug("d");
    log::info("i");
    log::warning("w");
    log::error("e");
    log::set_level(log::Level::info);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said(log::Level::debug), "debug: d\ninfo: i\nwarning: w\nerror: e\n");
  EXPECT_EQ(said(log::Level::error), "error: e\n");
  EXPECT_EQ(said(log::Level::off), "");
}

TEST(LogTest, InfoIsShownAndDebugIsNotUnlessAskedFor) {
  EXPECT_TRUE(log::shows(log::Level::info));
  EXPECT_FALSE(log::shows(log::Level::debug));
}

TEST(LogTest, AFileIsGoneOnWith) {
  const testing::TemporaryFolder folder;
  const auto file = folder.write("train.log", "of the run so far\n");
  log::set_level(log::Level::off);
  log::open_file(file);
  log::info("on");
  log::set_level(log::Level::info);
  EXPECT_THAT(read_file(file), ::testing::StartsWith("of the run so far\n"));
  testing::expect_error<RunError>([&] { log::open_file(folder.path()); },
                                  {folder.path().string(), "cannot write the log"});
}

TEST(LogTest, LevelsByName) {
  EXPECT_EQ(log::parse_level("debug"), log::Level::debug);
  EXPECT_EQ(log::parse_level("error"), log::Level::error);
  EXPECT_EQ(log::parse_level("off"), log::Level::off);
  EXPECT_EQ(log::parse_level("warn"), log::Level::warning);
  testing::expect_error<ConfigError>([] { log::parse_level("eror"); }, {"eror", "did you mean `error`"});
}

}  // namespace glyffuser

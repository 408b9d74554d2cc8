#include "glyffuser/core/paths.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/error.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
using testing::expect_error;

TEST(PathsTest, InstalledDataComesBeforeTheSourceTree) {
  const testing::TemporaryFolder folder;
  const fs::path executable = folder.write("usr/bin/glyffuser", "");
  fs::create_directories(folder / "source/data");
  EXPECT_EQ(find_data_folder(executable, folder / "source"), folder / "source/data");
  fs::create_directories(folder / "usr/share/glyffuser/data");
  EXPECT_EQ(find_data_folder(executable, folder / "source"), folder / "usr/share/glyffuser/data");
}

TEST(PathsTest, AFolderHasItsNameHoweverItIsWritten) {
  const testing::TemporaryFolder folder;
  fs::create_directories(folder / "a/b");
  for (const char* path : {"a/b", "a/b/", "a/b/.", "a/c/../b", "a/b//"})
    EXPECT_EQ(folder_name(folder / path), "b") << path;
  EXPECT_EQ(folder_name(folder / "a/not-yet/"), "not-yet");
  EXPECT_EQ(folder_name(folder / "a/\xff"), "\uFFFD");
  EXPECT_EQ(folder_name("."), fs::current_path().filename());
}

TEST(PathsTest, NamesBothPlacesWhenNeitherExists) {
  const testing::TemporaryFolder folder;
  expect_error<FileError>([&] { find_data_folder(folder / "bin/glyffuser", folder / "gone"); },
                          {(folder / "share/glyffuser/data").string(), (folder / "gone/data").string()});
}

TEST(PathsTest, ABuildTreeHasTheDataOfItsSourceTree) {
  const fs::path data = fs::path(GLYFFUSER_SOURCE_DIR) / "data";
  if (fs::exists(data)) {
    EXPECT_EQ(data_folder(), data);
  } else {
    expect_error<FileError>([] { data_folder(); }, {data.string()});
  }
}

}  // namespace glyffuser

#include "glyffuser/core/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::expect_error;
using ::testing::HasSubstr;
using ::testing::StartsWith;

namespace {

/// While one lives, it sees what is synced, and the disk fails as it says.
struct WatchedDisk {
  WatchedDisk() { current = this; }
  ~WatchedDisk() { current = nullptr; }
  WatchedDisk(const WatchedDisk&) = delete;
  WatchedDisk& operator=(const WatchedDisk&) = delete;

  std::vector<std::string> synced;
  int sync_error = 0;
  std::function<void()> instead_of_exchange;
  std::mutex mutex;
  static inline WatchedDisk* current = nullptr;
};

}  // namespace

// In the place of the C library's.
extern "C" int fsync(int descriptor) {
  if (WatchedDisk* disk = WatchedDisk::current) {
    std::error_code ignored;
    const fs::path link = cat("/proc/self/fd/", descriptor);
    const std::lock_guard lock(disk->mutex);
    disk->synced.push_back(fs::read_symlink(link, ignored).string());
    errno = disk->sync_error;
    if (disk->sync_error != 0) return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned flags) noexcept {
  if (WatchedDisk::current && WatchedDisk::current->instead_of_exchange) {
    WatchedDisk::current->instead_of_exchange();
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(FilesTest, WritesAndReadsBack) {
  const testing::TemporaryFolder folder;
  const std::string content("a\0b", 3);
  write_file_atomically(folder / "x", content);
  EXPECT_EQ(read_file(folder / "x"), content);
  write_file_atomically(folder / "x", "shorter");
  EXPECT_EQ(read_file(folder / "x"), "shorter");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(FilesTest, AFailedWriteLeavesTheOldContent) {
  const testing::TemporaryFolder folder;
  const fs::path file = folder.write("x", "old");
  const auto fail = [](const fs::path& temporary) {
    write_file_atomically(temporary, "half");
    throw RunError("disk full");
  };
  EXPECT_THROW(write_atomically(file, fail), RunError);
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(FilesTest, ManyFilesAreWrittenAllOrNone) {
  const testing::TemporaryFolder folder;
  const auto at = [&](const std::string& name) { return folder.path() / name; };
  std::vector<FileContent> files;
  for (int i = 0; i < 40; ++i) files.push_back({at(cat("deep/", i % 3, "/", i)), cat("content ", i)});
  write_files_atomically(files);
  for (const FileContent& each : files) EXPECT_EQ(read_file(each.file), each.content);
  std::filesystem::create_directory(at("taken"));
  expect_error<RunError>(
      [&] {
        write_files_atomically({{at("taken/x/y"), "1"}, {at("deep/0/0/no"), "2"}});
      },
      {"deep/0/0"});
  EXPECT_FALSE(std::filesystem::exists(at("taken/x/y")));
  write_files_atomically({});
}

TEST(FilesTest, AFolderIsReplacedWholeOrNotAtAll) {
  const testing::TemporaryFolder folder;
  folder.write("run/old.txt", "old");
  const auto fail = [](const fs::path& temporary) {
    write_file_atomically(temporary / "new.txt", "new");
    throw RunError("disk full");
  };
  EXPECT_THROW(write_folder_atomically(folder / "run", fail), RunError);
  EXPECT_TRUE(fs::exists(folder / "run/old.txt"));
  EXPECT_EQ(entries(folder.path()), 1U);
  write_folder_atomically(
      folder / "run", [](const fs::path& temporary) { write_file_atomically(temporary / "new.txt", "new"); });
  EXPECT_FALSE(fs::exists(folder / "run/old.txt"));
  EXPECT_EQ(read_file(folder / "run/new.txt"), "new");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(FilesTest, ErrorsNameWhatAFileWasToBecome) {
  const testing::TemporaryFolder folder;
  const auto fail = [](const fs::path& temporary) {
    throw RunError(temporary.string() + "/a.txt: cannot be written");
  };
  expect_error<RunError>([&] { write_folder_atomically(folder / "run", fail); },
                         {(folder / "run/a.txt").string() + ": cannot be written"});
}

TEST(FilesTest, WhatAKilledWriteLeftIsRemoved) {
  const testing::TemporaryFolder folder;
  folder.write(".model.tmp123/half.txt", "half");
  folder.write(".metrics.jsonl.tmp45", "half");
  folder.write(".kept.tmp9.old/old.txt", "replaced already");
  folder.write("kept/new.txt", "new");
  folder.write(".lost.tmp9.old/old.txt", "the only one");
  for (const char* other : {"x.tmp12", ".hidden", ".notes.tmp", ".notes.tmpl", ".tmp12"})
    folder.write(other, "");
  remove_temporaries(folder.path());
  EXPECT_FALSE(fs::exists(folder / ".model.tmp123"));
  EXPECT_FALSE(fs::exists(folder / ".metrics.jsonl.tmp45"));
  EXPECT_FALSE(fs::exists(folder / ".kept.tmp9.old"));
  EXPECT_EQ(read_file(folder / "kept/new.txt"), "new");
  EXPECT_EQ(read_file(folder / "lost/old.txt"), "the only one");
  EXPECT_EQ(entries(folder.path()), 7U);
  remove_temporaries(folder / "none");
}

TEST(FilesTest, AFolderIsRemovedWithAllInIt) {
  const testing::TemporaryFolder folder;
  folder.write("run/a/b.txt", "");
  remove_folder(folder / "run");
  remove_folder(folder / "none");
  EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(FilesTest, AFolderIsLockedOnce) {
  const testing::TemporaryFolder folder;
  {
    const FolderLock lock(folder.path());
    expect_error<RunError>([&] { const FolderLock second(folder.path()); },
                           {folder.path().string(), "another process"});
  }
  EXPECT_NO_THROW(const FolderLock again(folder.path()));
}

TEST(FilesTest, ATurnIsWaitedForAndIsThatOfTheFileThatIsThere) {
  const testing::TemporaryFolder folder;
  const fs::path file = folder / "lines";
  std::atomic<bool> ended = false;
  std::optional<FileTurn> first(file);
  std::thread other([&] {
    const FileTurn second(file);
    EXPECT_TRUE(ended);
    EXPECT_EQ(read_file(file), "new");
    write_file_atomically(file, "newer");
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write_file_atomically(file, "new");
  ended = true;
  first.reset();
  other.join();
  const FileTurn third(file);
  EXPECT_EQ(read_file(file), "newer");
  expect_error<RunError>([&] { FileTurn(folder / "none/lines"); }, {"none/lines", "No such file"});
  EXPECT_NO_THROW(FileTurn("/proc/self/exe"));  // which nobody may write to while it runs
}

TEST(FilesTest, WhatCouldNotBeWrittenIsKnownBefore) {
  const testing::TemporaryFolder folder;
  const fs::path file = folder.write("file", "");
  check_can_be_made(file);
  check_can_be_made(folder / "new/deep/x.png");
  check_can_be_made("x.png");
  expect_error<RunError>([&] { check_can_be_made(folder.path()); }, {folder.path().string(), "is a folder"});
  expect_error<RunError>([&] { check_can_be_made(file / "below/x.png"); }, {"x.png", "file is no folder"});
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_symlink("loop", folder / "loop");
  for (const char* link : {"dangling", "loop"}) {
    expect_error<RunError>([&] { check_can_be_made(folder / link / "x.png"); },
                           {"x.png", link, "is no folder"});
    expect_error<RunError>([&] { ensure_folder(folder / link / "below"); }, {link, "cannot be made"});
  }
  expect_error<RunError>([&] { check_can_be_made("/proc/sys/x/y.png"); },
                         {"/proc/sys/x/y.png", "cannot be written"});
}

TEST(FilesTest, ErrorsNameTheFile) {
  const testing::TemporaryFolder folder;
  expect_error<FileError>([&] { read_file(folder / "none"); }, {"none", "No such file"});
  expect_error<FileError>([&] { read_file(folder.path()); }, {"is a folder"});
  const fs::path file = folder.write("file", "");
  expect_error<RunError>([&] { ensure_folder(file / "below"); }, {"file/below"});
  expect_error<RunError>([&] { write_file_atomically("/proc/glyffuser", "x"); }, {"/proc/glyffuser"});
}

TEST(FilesTest, AFileIsOnDiskBeforeItHasItsNameAndItsFolderAfterwards) {
  const testing::TemporaryFolder folder;
  const std::string top = folder.path().string();
  WatchedDisk disk;
  write_file_atomically(folder / "new/x", "1");
  EXPECT_THAT(disk.synced, ElementsAre(top, StartsWith(top + "/new/.x.tmp"), top + "/new"));
  disk.synced.clear();
  write_files_atomically({{folder / "new/y", "1"}});
  EXPECT_THAT(disk.synced, ElementsAre(StartsWith(top + "/new/.y.tmp"), top + "/new"));
}

TEST(FilesTest, AllOfAFolderIsOnDiskBeforeItHasItsName) {
  const testing::TemporaryFolder folder;
  WatchedDisk disk;
  write_folder_atomically(folder / "run", [&](const fs::path& temporary) {
    fs::create_directory(temporary / "deep");
    std::ofstream(temporary / "deep/x") << "1";
  });
  EXPECT_THAT(disk.synced, Contains(EndsWith("/deep/x")));
  EXPECT_THAT(disk.synced, Contains(EndsWith("/deep")));
  EXPECT_EQ(disk.synced.back(), folder.path().string());
}

TEST(FilesTest, WhatCannotBeSyncedIsNotWritten) {
  const testing::TemporaryFolder folder;
  folder.write("x", "old");
  {
    WatchedDisk disk;
    disk.sync_error = EIO;
    expect_error<RunError>([&] { write_file_atomically(folder / "x", "new"); },
                           {"x: cannot be written to disk: Input/output error"});
  }
  EXPECT_EQ(read_file(folder / "x"), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(FilesTest, AFolderIsReplacedWhereTheFileSystemCannotExchangeTwo) {
  const testing::TemporaryFolder folder;
  folder.write("run/old.txt", "old");
  WatchedDisk disk;
  disk.instead_of_exchange = [] {};
  write_folder_atomically(
      folder / "run", [](const fs::path& temporary) { write_file_atomically(temporary / "new.txt", "new"); });
  EXPECT_FALSE(fs::exists(folder / "run/old.txt"));
  EXPECT_EQ(read_file(folder / "run/new.txt"), "new");
  EXPECT_EQ(entries(folder.path()), 1U);
  fs::path written;
  disk.instead_of_exchange = [&] { fs::remove_all(written); };
  const auto write = [&](const fs::path& temporary) { written = temporary; };
  EXPECT_THROW(write_folder_atomically(folder / "run", write), RunError);
  EXPECT_EQ(read_file(folder / "run/new.txt"), "new") << "the old one is back";
}

TEST(FilesTest, AnyFailureLeavesNothingOfWhatWasBegun) {
  const testing::TemporaryFolder folder;
  const auto fail = [](const fs::path&) { throw std::bad_alloc(); };
  EXPECT_THROW(write_folder_atomically(folder / "run", fail), std::bad_alloc);
  EXPECT_EQ(entries(folder.path()), 0U);
  fs::create_directory(folder / "taken");
  EXPECT_THROW(write_files_atomically({{folder / "taken", "1"}, {folder / "x", "2"}}), RunError);
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(FilesTest, WhatHasNoSizeIsReadToItsEnd) {
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("\nVmRSS:"));
}

TEST(FilesTest, EverybodyMayReadWhatIsWritten) {
  const testing::TemporaryFolder folder;
  const mode_t before = ::umask(022);
  write_file_atomically(folder / "x", "");
  ::umask(before);
  EXPECT_EQ(fs::status(folder / "x").permissions(), fs::perms(0644));
}

TEST(FilesTest, WhoWaitedForAFileThatWasReplacedWaitsForTheNewOne) {
  const testing::TemporaryFolder folder;
  const fs::path file = folder / "lines";
  std::optional<FileTurn> first(file);
  std::atomic<bool> has_turn = false;
  std::thread other([&] {
    const FileTurn second(file);
    has_turn = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  write_file_atomically(file, "new");
  std::optional<FileTurn> of_new(file);
  first.reset();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_FALSE(has_turn);
  of_new.reset();
  other.join();
}

}  // namespace glyffuser

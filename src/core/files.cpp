#include "glyffuser/core/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/parallel.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return std::strerror(errno);
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags, mode_t mode = 0)
      : fd_(::open(file.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

// `shown` is the name the user knows: the file or folder that `path` will become.
void sync(const fs::path& path, const fs::path& shown) {
  const Descriptor descriptor(path, O_RDONLY);
  if (!descriptor || ::fsync(descriptor.get()) != 0)
    throw RunError(cat(shown.string(), ": cannot be written to disk: ", reason()));
}

// Some file systems cannot sync a folder; the rename itself has happened then.
void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
  if (descriptor) ::fsync(descriptor.get());
}

constexpr const char* kTemporary = ".tmp";
constexpr const char* kOld = ".old";

// Not its id: processes in containers that share a folder may all be the first one.
unsigned number_of_this_process() {
  static const unsigned number = std::random_device{}();
  return number;
}

fs::path temporary_beside(const fs::path& target) {
  return target.parent_path() / cat(".", target.filename().string(), kTemporary, number_of_this_process());
}

/// The name that a file made by temporary_beside was to get, "" if `name` is no such file.
std::string target_of_temporary(std::string name) {
  if (name.ends_with(kOld)) name.resize(name.size() - std::strlen(kOld));
  const std::size_t end = name.rfind(kTemporary);
  if (name.front() != '.' || end == std::string::npos || end < 2) return "";
  const std::string number = name.substr(end + std::strlen(kTemporary));
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos) return "";
  return name.substr(1, end - 1);
}

// In messages the user meets the names that files were to get, not those of the moment.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

void rename_or_throw(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::rename(from, to, failure);
  if (failure) throw RunError(cat(to.string(), ": cannot be written: ", failure.message()));
}

// Puts the complete folder `temporary` in the place of `folder`; what was there ends as `temporary` or `old`.
void put_in_place(const fs::path& temporary, const fs::path& folder, const fs::path& old) {
  if (!fs::exists(folder)) return rename_or_throw(temporary, folder);
  if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return;
  // Not every file system can exchange two folders: then the old one is moved aside for a moment.
  rename_or_throw(folder, old);
  rename_or_throw(temporary, folder);
}

// Of the file `from`, up to `size` bytes; fewer at its end only.
std::size_t read_some(const Descriptor& from, char* bytes, std::size_t size, const fs::path& shown) {
  while (true) {
    const ssize_t count = ::read(from.get(), bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw FileError(cat(shown.string(), ": cannot be read: ", reason()));
    return static_cast<std::size_t>(count);
  }
}

Descriptor open_to_read(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) throw FileError(cat(file.string(), ": is a folder, expected a file"));
  Descriptor descriptor(file, O_RDONLY);
  if (!descriptor) throw FileError(cat(file.string(), ": cannot be read: ", reason()));
  return descriptor;
}

Descriptor open_to_write(const fs::path& file, const fs::path& shown) {
  Descriptor descriptor(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!descriptor) throw RunError(cat(shown.string(), ": cannot be written: ", reason()));
  return descriptor;
}

void write_all(const Descriptor& to, std::string_view content, const fs::path& shown) {
  while (!content.empty()) {
    const ssize_t count = ::write(to.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw RunError(cat(shown.string(), ": cannot be written: ", reason()));
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

void write_bytes(const fs::path& file, std::string_view content, const fs::path& shown) {
  write_all(open_to_write(file, shown), content, shown);
}

}  // namespace

std::string read_file(const fs::path& file) {
  const Descriptor descriptor = open_to_read(file);
  std::error_code ignored;
  std::string content;
  const auto size = fs::file_size(file, ignored);
  content.resize(ignored ? 1 : size + 1);
  std::size_t used = 0;
  while (true) {
    // One spare byte: a file of the announced size then ends with a read of 0 and no reallocation.
    if (used + 1 > content.size()) content.resize(std::max<std::size_t>(used + 1, used * 3 / 2));
    const std::size_t count = read_some(descriptor, content.data() + used, content.size() - used, file);
    if (count == 0) break;
    used += count;
  }
  content.resize(used);
  return content;
}

void copy_bytes(const fs::path& from, const fs::path& to) {
  constexpr std::size_t kAtOnce = 1 << 20;
  const Descriptor source = open_to_read(from);
  const Descriptor target = open_to_write(to, to);
  std::string bytes(kAtOnce, '\0');
  while (const std::size_t count = read_some(source, bytes.data(), bytes.size(), from))
    write_all(target, std::string_view(bytes).substr(0, count), to);
  struct stat status = {};
  if (::fstat(source.get(), &status) == 0) ::fchmod(target.get(), status.st_mode & 07777);
}

void write_atomically(const fs::path& file, const std::function<void(const fs::path&)>& write) {
  ensure_folder(file.parent_path());
  const fs::path temporary = temporary_beside(file);
  try {
    write(temporary);
    sync(temporary, file);
    rename_or_throw(temporary, file);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
  sync_folder(file.parent_path());
}

void write_file_atomically(const fs::path& file, std::string_view content) {
  write_atomically(file, [&](const fs::path& temporary) { write_bytes(temporary, content, file); });
}

void write_files_atomically(const std::vector<FileContent>& files) {
  constexpr std::size_t kThreads = 16;  // file systems write down together what is asked for at the same time
  std::set<fs::path> folders;
  for (const FileContent& each : files) folders.insert(each.file.parent_path());
  for (const fs::path& folder : folders) ensure_folder(folder);
  try {
    in_parallel(
        files.size(), kThreads,
        [&](std::size_t, std::size_t i, std::size_t) {
          const fs::path temporary = temporary_beside(files[i].file);
          write_bytes(temporary, files[i].content, files[i].file);
          sync(temporary, files[i].file);
        },
        1);
    for (const FileContent& each : files) rename_or_throw(temporary_beside(each.file), each.file);
  } catch (...) {
    std::error_code ignored;
    for (const FileContent& each : files) fs::remove(temporary_beside(each.file), ignored);
    throw;
  }
  for (const fs::path& folder : folders) sync_folder(folder);
}

void write_folder_atomically(const fs::path& folder, const std::function<void(const fs::path&)>& write) {
  ensure_folder(folder.parent_path());
  const fs::path temporary = temporary_beside(folder);
  const fs::path old = temporary.string() + kOld;
  std::error_code ignored;
  const auto undo = [&] {
    fs::remove_all(temporary, ignored);
    if (!fs::exists(folder) && fs::exists(old)) fs::rename(old, folder, ignored);
  };
  fs::remove_all(temporary, ignored);
  try {
    ensure_folder(temporary);
    write(temporary);
    for (const auto& entry : fs::recursive_directory_iterator(temporary)) {
      if (entry.is_regular_file()) sync(entry.path(), entry.path());
      if (entry.is_directory()) sync_folder(entry.path());
    }
    sync_folder(temporary);
    put_in_place(temporary, folder, old);
  } catch (const RunError& failure) {
    undo();
    throw RunError(replaced(failure.what(), temporary.string(), folder.string()));
  } catch (...) {
    undo();
    throw;
  }
  sync_folder(folder.parent_path());
  fs::remove_all(temporary, ignored);
  fs::remove_all(old, ignored);
}

void sync_file(const fs::path& file) {
  sync(file, file);
}

void remove_folder(const fs::path& folder) {
  const fs::path temporary = temporary_beside(folder);
  std::error_code failure;
  fs::rename(folder, temporary, failure);
  if (!failure) fs::remove_all(temporary, failure);
}

void remove_temporaries(const fs::path& folder) {
  std::error_code failure;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, failure)) {
    if (!target_of_temporary(entry.path().filename().string()).empty()) found.push_back(entry.path());
  }
  for (const fs::path& path : found) {
    const std::string name = path.filename().string();
    const fs::path target = folder / target_of_temporary(name);
    // Stopped in the moment of the exchange: the old content is the only complete one.
    if (name.ends_with(kOld) && !fs::exists(target))
      fs::rename(path, target, failure);
    else
      fs::remove_all(path, failure);
  }
}

void ensure_folder(const fs::path& folder) {
  std::error_code failure;
  if (folder.empty() || fs::is_directory(folder, failure)) return;
  const fs::path parent = folder.parent_path();
  if (!fs::exists(parent, failure)) ensure_folder(parent);
  fs::create_directory(folder, failure);
  std::error_code ignored;
  if (failure && !fs::is_directory(folder, ignored))
    throw RunError(cat(folder.string(), ": the folder cannot be made: ", failure.message()));
  sync_folder(parent);
}

void check_can_be_made(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) throw RunError(cat(file.string(), ": cannot be written: is a folder"));
  fs::path folder = fs::absolute(file, ignored).parent_path();
  // A link that leads nowhere is in the way of a folder.
  const auto is_there = [&] { return fs::exists(fs::symlink_status(folder, ignored)); };
  while (!is_there() && folder.has_relative_path()) folder = folder.parent_path();
  if (!fs::is_directory(folder, ignored))
    throw RunError(cat(file.string(), ": cannot be written: ", folder.string(), " is no folder"));
  if (::access(folder.c_str(), W_OK) != 0)
    throw RunError(cat(file.string(), ": cannot be written: ", reason()));
}

FolderLock::FolderLock(const fs::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw RunError(
      cat(folder.string(), ": another process is writing to this folder, expected it to have ended"));
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileTurn::FileTurn(const fs::path& file) {
  while (true) {
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    const std::string failure = reason();
    if (descriptor_ < 0) descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw RunError(cat(file.string(), ": cannot be written: ", failure));
    int result = 0;
    do result = ::flock(descriptor_, LOCK_EX);
    while (result != 0 && errno == EINTR);
    // Who had the turn before may have put another file in the place of the one that was opened.
    struct stat ours = {}, current = {};
    if (result != 0 || ::fstat(descriptor_, &ours) != 0) return;
    if (::stat(file.c_str(), &current) == 0 && ours.st_ino == current.st_ino && ours.st_dev == current.st_dev)
      return;
    ::close(descriptor_);
  }
}

FileTurn::~FileTurn() {
  ::close(descriptor_);
}

}  // namespace glyffuser

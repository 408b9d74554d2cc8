#include "glyffuser/core/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "glyffuser/core/error.hpp"
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
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_;
};

void sync(const fs::path& path) {
  const Descriptor descriptor(path, O_RDONLY);
  if (!descriptor || ::fsync(descriptor.get()) != 0)
    throw RunError(cat(path.string(), ": cannot write to disk: ", reason()));
}

// Some file systems cannot sync a folder; the rename itself has happened then.
void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
  if (descriptor) ::fsync(descriptor.get());
}

fs::path temporary_beside(const fs::path& target) {
  return target.parent_path() / cat(".", target.filename().string(), ".tmp", ::getpid());
}

void rename_or_throw(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::rename(from, to, failure);
  if (failure) throw RunError(cat(to.string(), ": cannot be written: ", failure.message()));
}

// `shown` is the name the user knows: the file that this one will become.
void write_bytes(const fs::path& file, std::string_view content, const fs::path& shown) {
  const Descriptor descriptor(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!descriptor) throw RunError(cat(shown.string(), ": cannot be written: ", reason()));
  while (!content.empty()) {
    const ssize_t count = ::write(descriptor.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw RunError(cat(shown.string(), ": cannot be written: ", reason()));
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string read_file(const fs::path& file) {
  if (fs::is_directory(file)) throw FileError(cat(file.string(), ": is a folder, expected a file"));
  const Descriptor descriptor(file, O_RDONLY);
  if (!descriptor) throw FileError(cat(file.string(), ": cannot be read: ", reason()));
  std::string content;
  std::error_code ignored;
  const auto size = fs::file_size(file, ignored);
  content.resize(ignored ? 1 : size + 1);
  std::size_t used = 0;
  while (true) {
    // One spare byte: a file of the announced size then ends with a read of 0 and no reallocation.
    if (used + 1 > content.size()) content.resize(std::max<std::size_t>(used + 1, used * 3 / 2));
    const ssize_t count = ::read(descriptor.get(), content.data() + used, content.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw FileError(cat(file.string(), ": cannot be read: ", reason()));
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  content.resize(used);
  return content;
}

void write_atomically(const fs::path& file, const std::function<void(const fs::path&)>& write) {
  ensure_folder(file.parent_path());
  const fs::path temporary = temporary_beside(file);
  try {
    write(temporary);
    sync(temporary);
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

void write_folder_atomically(const fs::path& folder, const std::function<void(const fs::path&)>& write) {
  ensure_folder(folder.parent_path());
  const fs::path temporary = temporary_beside(folder);
  const fs::path old = temporary.string() + ".old";
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
  try {
    ensure_folder(temporary);
    write(temporary);
    for (const auto& entry : fs::recursive_directory_iterator(temporary)) {
      if (entry.is_regular_file()) sync(entry.path());
      if (entry.is_directory()) sync_folder(entry.path());
    }
    // A folder cannot be replaced in one step by rename(2): the old one is moved aside for that moment.
    if (fs::exists(folder)) rename_or_throw(folder, old);
    rename_or_throw(temporary, folder);
  } catch (...) {
    fs::remove_all(temporary, ignored);
    if (!fs::exists(folder) && fs::exists(old)) fs::rename(old, folder, ignored);
    throw;
  }
  fs::remove_all(old, ignored);
  sync_folder(folder.parent_path());
}

void ensure_folder(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure && !fs::is_directory(folder))
    throw RunError(cat(folder.string(), ": the folder cannot be made: ", failure.message()));
}

std::uint64_t free_disk_bytes(const fs::path& path) {
  fs::path at = fs::absolute(path);
  while (!fs::exists(at) && at.has_relative_path()) at = at.parent_path();
  return fs::space(at).available;
}

}  // namespace glyffuser

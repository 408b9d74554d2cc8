#include "glyffuser/core/program.hpp"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// A file that lies in memory and has no name.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("glyffuser", MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return descriptor_; }

  /// `bytes` are its whole content, and the next to be read.
  void fill(std::string_view bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t count = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
      if (count < 0 && errno != EINTR) fail();
      done += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    ::lseek(descriptor_, 0, SEEK_SET);
  }

  std::string content() const {
    struct stat facts {};
    if (::fstat(descriptor_, &facts) != 0) fail();
    std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t count =
          ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) fail();
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

 private:
  [[noreturn]] static void fail() {
    throw RunError(cat("a file in memory for another program cannot be used: ", std::strerror(errno)));
  }

  int descriptor_;
};

/// A process group of its own: the terminal's signals are for glyffuser, which lets the program end.
pid_t start(const std::vector<std::string>& command, const MemoryFile& in, const MemoryFile& out,
            const MemoryFile& errors) {
  std::vector<char*> arguments;
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, in.descriptor(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, out.descriptor(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, errors.descriptor(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t id = -1;
  const int failure = ::posix_spawnp(&id, arguments[0], &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw RunError(cat(command[0], ": cannot be started: ", std::strerror(failure)));
  return id;
}

int wait_for(pid_t id) {
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

bool is_on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  const std::vector<std::string> folders = split(path ? path : "", ':');
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    const auto file = std::filesystem::path(folder) / program;
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
  });
}

ProgramResult run_program(const std::vector<std::string>& command, std::string_view input) {
  const MemoryFile in, out, errors;
  in.fill(input);
  const int status = wait_for(start(command, in, out, errors));
  return {out.content(), errors.content(), status};
}

}  // namespace glyffuser

#include "glyffuser/core/program.hpp"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

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

/// A program under way; one that is given up is killed.
class Child {
 public:
  Child(const std::vector<std::string>& command, const MemoryFile& in, const MemoryFile& out,
        const MemoryFile& errors) {
    std::vector<char*> arguments;
    for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in.descriptor(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, out.descriptor(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, errors.descriptor(), STDERR_FILENO);
    const int failure = ::posix_spawnp(&id_, arguments[0], &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failure != 0) throw RunError(cat(command[0], ": cannot be started: ", std::strerror(failure)));
  }
  ~Child() {
    if (ended_) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool ended() {
    ended_ = ended_ || ::waitpid(id_, &status_, WNOHANG) == id_;
    return ended_;
  }
  /// Of one that has ended.
  int status() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_); }

 private:
  pid_t id_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

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

std::optional<ProgramResult> run_program(const std::vector<std::string>& command, std::string_view input,
                                         const std::function<bool()>& stop) {
  const MemoryFile in, out, errors;
  in.fill(input);
  Child child(command, in, out, errors);
  // Programs that are worth waiting for end within milliseconds; others are asked after less and less often.
  constexpr std::chrono::microseconds kFirst{200}, kLongest{50'000};
  for (auto pause = kFirst; !child.ended(); pause = std::min(kLongest, pause + pause / 8)) {
    if (stop && stop()) return std::nullopt;
    std::this_thread::sleep_for(pause);
  }
  return ProgramResult{out.content(), errors.content(), child.status()};
}

}  // namespace glyffuser

#pragma once
// The errors a user can meet. Each message is one sentence: what, where, what was expected. `main` catches
// them once and turns them into the exit code of their class.

#include <stdexcept>
#include <string>

namespace glyffuser {

/// Exit codes of the program; part of its interface.
enum class ExitCode : int {
  done = 0,
  usage = 2,          ///< command line or configuration
  file = 3,           ///< a data, model or checkpoint file
  runtime = 4,        ///< failed while running: out of memory, divergence, disk full
  hung_up = 129,      ///< stopped by SIGHUP after saving
  interrupted = 130,  ///< stopped by SIGINT after saving
  terminated = 143,   ///< stopped by SIGTERM after saving
};

/// Base of all errors meant for the user.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// The command line or a configuration is wrong (exit code 2).
class ConfigError : public Error {
 public:
  explicit ConfigError(const std::string& message) : Error(ExitCode::usage, message) {}
};

/// A data, model or checkpoint file is missing, damaged or foreign (exit code 3).
class FileError : public Error {
 public:
  explicit FileError(const std::string& message) : Error(ExitCode::file, message) {}
};

/// Something failed while running (exit code 4).
class RunError : public Error {
 public:
  explicit RunError(const std::string& message) : Error(ExitCode::runtime, message) {}
};

}  // namespace glyffuser

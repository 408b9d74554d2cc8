#pragma once
// Other programs, run with their input given and their output caught.

#include <string>
#include <string_view>
#include <vector>

namespace glyffuser {

struct ProgramResult {
  std::string output;  ///< what it wrote to stdout
  std::string errors;  ///< and to stderr
  int status = 0;      ///< its exit code, or 128 + the signal that ended it
};

/// Whether PATH has an executable file of that name.
bool is_on_path(const std::string& program);

/// Runs `command`, a program found by PATH and its arguments, without a shell, with `input` on its stdin, and
/// waits for its end. A Ctrl-C of the terminal does not reach it. Throws RunError if it cannot be started.
///
/// Input and output go through files in memory: a program that writes much before it reads, or never reads,
/// blocks nobody. Linux.
ProgramResult run_program(const std::vector<std::string>& command, std::string_view input);

}  // namespace glyffuser

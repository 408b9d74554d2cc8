// glyffuser: one binary, a table of commands; every error becomes one sentence and an exit code here.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "common.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/memory.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/memory.hpp"
#include "usage.hpp"

namespace glyffuser::cli {
namespace {

int run(int argc, char** argv) {
  CLI::App app("Draws new Chinese glyphs from English prompts by diffusion, and trains the models that do.",
               "glyffuser");
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  const std::vector<std::pair<std::string, Command>> commands = {
      {"train", add_train(app)}, {"sample", add_sample(app)}, {"umap-export", add_umap_export(app)}};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& failure) {
    throw ConfigError(usage_error(app, failure, argc > 1 ? argv[1] : ""));
  }
  for (const auto& [name, command] : commands) {
    if (app.got_subcommand(name)) return static_cast<int>(command());
  }
  return static_cast<int>(ExitCode::usage);
}

int fail(const std::string& message, ExitCode code) {
  log::error(message);
  return static_cast<int>(code);
}

/// Else the first files to be opened would take the places of streams that are closed.
void reserve_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // A result cannot be written to what is open for reading only, and that is noticed.
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_RDWR);
  }
}

extern "C" void do_nothing(int) {}

/// Else a reader of stderr that dies would end a training, and a limit on files any command without a word.
/// A handler, unlike an ignored signal, is nothing that programs which are started inherit.
void let_writing_fail() {
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, do_nothing);
}

constexpr const char* kOutOfMemory =
    "out of memory: expected a smaller batch (train.micro_batch, sample.batch_size) or model";

/// The exit status.
int run_or_say_why_not(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    return fail(error.what(), error.code());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(error.what(), ExitCode::file);
  } catch (const std::exception& error) {
    return fail(is_out_of_memory(error) ? kOutOfMemory : short_message(error), ExitCode::runtime);
  }
}

}  // namespace
}  // namespace glyffuser::cli

int main(int argc, char** argv) {
  glyffuser::keep_freed_memory();
  glyffuser::cli::reserve_standard_streams();
  glyffuser::cli::let_writing_fail();
  const int status = glyffuser::cli::run_or_say_why_not(argc, argv);
  // All that the program made itself is gone by now. LibTorch would take another 0.2 s to clear its tables
  // away.
  std::cout.flush();
  std::fflush(nullptr);
  std::_Exit(status);
}

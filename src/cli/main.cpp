// glyffuser: one binary, a table of commands; every error becomes one sentence and an exit code here.

#include <torch/types.h>

#include <filesystem>
#include <new>

#include "common.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/memory.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser::cli {
namespace {

int run(int argc, char** argv) {
  CLI::App app("Draws new Chinese glyphs from English prompts by diffusion, and trains the models that do.",
               "glyffuser");
  app.set_version_flag("--version", version_line());
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  const std::vector<std::pair<std::string, Command>> commands = {
      {"train", add_train(app)}, {"sample", add_sample(app)}, {"umap-export", add_umap_export(app)}};
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& failure) {
    return app.exit(failure) == 0 ? 0 : static_cast<int>(ExitCode::usage);
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

constexpr const char* kSmallerBatch =
    "expected a smaller batch (train.micro_batch, sample.batch_size) or model";

}  // namespace
}  // namespace glyffuser::cli

int main(int argc, char** argv) {
  using namespace glyffuser;
  keep_freed_memory();
  try {
    return cli::run(argc, argv);
  } catch (const Error& error) {
    return cli::fail(error.what(), error.code());
  } catch (const c10::OutOfMemoryError& error) {
    return cli::fail(cat("out of memory on the device: ", cli::kSmallerBatch), ExitCode::runtime);
  } catch (const std::bad_alloc&) {
    return cli::fail(cat("out of memory: ", cli::kSmallerBatch), ExitCode::runtime);
  } catch (const std::filesystem::filesystem_error& error) {
    return cli::fail(error.what(), ExitCode::file);
  } catch (const std::exception& error) {
    return cli::fail(first_line(error), ExitCode::runtime);
  }
}

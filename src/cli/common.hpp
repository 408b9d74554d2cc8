#pragma once
// What every command takes.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"
#include "glyffuser/config/tree.hpp"
#include "glyffuser/core/error.hpp"

namespace glyffuser::cli {

/// The flags that all commands share.
struct CommonFlags {
  std::string config_file;
  std::vector<std::string> sets;
  std::string device = "auto";
  std::optional<int> threads;
  bool quiet = false;
  std::string log_level = "info";
};

/// What a message adds where somebody may have given a prompt in the configuration's place.
inline constexpr const char* kPromptHint = "; a prompt is given by -p";

/// Adds them to a command. CLI11 fills the struct when it parses.
void add_common_flags(CLI::App& command, CommonFlags& flags, bool config_required);

/// Sets the log level and LibTorch's threads; call before any work.
void apply(const CommonFlags& flags);

/// The document of the configuration file and --set, not yet read into a Config.
config::Node document(const CommonFlags& flags);

/// A result, on stdout at once. Throws RunError if it cannot be written.
void print(const std::string& line);

/// A named flag's value put over the document's, under its key. Throws ConfigError as config::value_at does.
void override_with(config::Node& root, const std::string& key, const std::string& flag,
                   const std::string& value);
void override_with(config::Node& root, const std::string& key, const std::string& flag,
                   const std::vector<std::string>& values);

/// Each command registers itself and returns what main runs when it was chosen.
using Command = std::function<ExitCode()>;
Command add_train(CLI::App& app);
Command add_sample(CLI::App& app);
Command add_umap_export(CLI::App& app);

}  // namespace glyffuser::cli

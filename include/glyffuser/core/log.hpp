#pragma once
// Logging to stderr and, once opened, to a file. spdlog stays behind this interface: its fmt and LibTorch's
// bundled one must never meet in one translation unit.

#include <filesystem>
#include <string>

namespace glyffuser::log {

enum class Level { debug, info, warning, error, off };

/// "debug", "info", "warning" ("warn"), "error" or "off". Throws ConfigError for anything else.
Level parse_level(const std::string& name);

/// What goes to stderr from now on; the file, if any, always takes info and above.
void set_level(Level level);

/// Whether messages of this level appear on stderr.
bool shows(Level level);

/// Stands before every message on stderr from now on: "rank 1: ". Plain text without '%'.
void set_prefix(const std::string& prefix);

/// Also append to this file from now on. Throws RunError if it cannot be opened.
void open_file(const std::filesystem::path& file);

void debug(const std::string& message);
void info(const std::string& message);
void warning(const std::string& message);
void error(const std::string& message);

}  // namespace glyffuser::log

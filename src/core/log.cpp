#include "glyffuser/core/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

struct Sinks {
  std::shared_ptr<spdlog::sinks::sink> console = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  std::shared_ptr<spdlog::logger> logger = std::make_shared<spdlog::logger>("glyffuser", console);

  Sinks() {
    set_prefix("");
    console->set_level(spdlog::level::info);
    logger->set_level(spdlog::level::debug);
  }

  void set_prefix(const std::string& prefix) {
    // On a terminal a message takes the place of a progress line, which is drawn again below it.
    const char* clear = ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "";
    console->set_pattern(clear + ("%^%l%$: " + prefix) + "%v");
  }
};

Sinks& sinks() {
  static Sinks instance;
  return instance;
}

}  // namespace

Level parse_level(const std::string& name) {
  if (name == "debug") return Level::debug;
  if (name == "info") return Level::info;
  if (name == "warning" || name == "warn") return Level::warning;
  if (name == "error") return Level::error;
  if (name == "off") return Level::off;
  throw ConfigError(cat("log level `", name, "`: expected debug, info, warning, error or off",
                        suggestion(name, {"debug", "info", "warning", "error", "off"})));
}

bool shows(Level level) {
  return sinks().console->should_log(to_spdlog(level));
}

void set_level(Level level) {
  sinks().console->set_level(to_spdlog(level));
}

void set_prefix(const std::string& prefix) {
  sinks().set_prefix(prefix);
}

void open_file(const std::filesystem::path& file) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
    sink->set_pattern("%Y-%m-%d %H:%M:%S %l: %v");
    sink->set_level(spdlog::level::info);
    sinks().logger->sinks().push_back(std::move(sink));
    sinks().logger->flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex& failure) {
    throw RunError(cat(file.string(), ": cannot write the log: ", failure.what()));
  }
}

void debug(const std::string& message) {
  sinks().logger->log(spdlog::level::debug, message);
}
void info(const std::string& message) {
  sinks().logger->log(spdlog::level::info, message);
}
void warning(const std::string& message) {
  sinks().logger->log(spdlog::level::warn, message);
}
void error(const std::string& message) {
  sinks().logger->log(spdlog::level::err, message);
}

}  // namespace glyffuser::log

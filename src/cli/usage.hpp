#pragma once
// Command lines that CLI11 refuses, in the words of glyffuser's own errors.

#include <CLI/CLI.hpp>
#include <string>

namespace glyffuser::cli {

/// The sentence for a command line that `app` has just refused.
std::string usage_error(const CLI::App& app, const CLI::ParseError& failure);

}  // namespace glyffuser::cli

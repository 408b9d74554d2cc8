#pragma once
// Command lines that CLI11 refuses, in the words of glyffuser's own errors.

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace glyffuser::cli {

/// The sentence for a command line that `app` has just refused, and that begins with `first_argument`.
std::string usage_error(const CLI::App& app, const CLI::ParseError& failure, std::string_view first_argument);

}  // namespace glyffuser::cli

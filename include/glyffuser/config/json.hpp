#pragma once
// JSON as the same nodes as YAML's, so that the Reader checks both alike. nlohmann-json stays behind it.

#include <optional>
#include <string>
#include <string_view>

#include "glyffuser/config/tree.hpp"

namespace glyffuser::config {

/// A text in JSON, every value of it with `place`; nothing if it is none. Texts are `quoted`; numbers keep
/// the form that they are written in, and a key that is there twice is two entries. Throws ConfigError with
/// the place if brackets are nested more than 32 deep (whatever walks such a value would use up its stack),
/// or if a number is larger than a double.
std::optional<Node> parse_json(std::string_view text, const std::string& place);

}  // namespace glyffuser::config

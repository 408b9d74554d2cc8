#pragma once
// What a config's `validate` says of values that were not read by a Reader, which checks each on its own.

#include <string>
#include <string_view>

#include "glyffuser/config/fields.hpp"

namespace glyffuser::config {

/// Throws ConfigError(message) unless the condition holds.
void require(bool condition, const std::string& message);

/// Throws ConfigError that names the key, the value and the choices unless the value is one of them.
void require_choice(std::string_view key, const std::string& value, const Choices& choices);

}  // namespace glyffuser::config

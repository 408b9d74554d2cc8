#include "glyffuser/config/checks.hpp"

#include <algorithm>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::config {

void require(bool condition, const std::string& message) {
  if (!condition) throw ConfigError(message);
}

void require_choice(std::string_view key, const std::string& value, const Choices& choices) {
  require(std::find(choices.begin(), choices.end(), value) != choices.end(),
          cat(key, " is ", value, ", expected one of: ", join(choices, ", ")));
}

}  // namespace glyffuser::config

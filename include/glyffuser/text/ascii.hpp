#pragma once
// Characters beyond ASCII in ASCII.

#include <optional>
#include <string_view>

namespace glyffuser {

/// A character beyond ASCII as it is commonly written in ASCII: Latin letters without their accents, quotes
/// and dashes as '"', '\'' and '-'; "" for a combining accent. Nothing for what has no such form, and for
/// ASCII.
std::optional<std::string_view> to_ascii(char32_t code_point);

}  // namespace glyffuser

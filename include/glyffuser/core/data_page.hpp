#pragma once
// HTML documents that carry their data: a compiled-in page whose mark {{data}} is filled with blocks that its
// scripts read by their ids.

#include <string>
#include <string_view>

namespace glyffuser {

/// Bytes as base64 in a script element that no browser runs. The id stands as it is.
std::string page_block(std::string_view id, std::string_view bytes);

/// JSON likewise, as text; every '<' becomes \u003c, so that no content can end the element.
std::string page_json_block(std::string_view id, std::string_view json);

/// The page with `data` in place of {{data}}. Throws std::logic_error if it has no such mark.
std::string fill_page(std::string_view page, std::string_view data);

}  // namespace glyffuser

#include "glyffuser/core/data_page.hpp"

#include <stdexcept>

#include "glyffuser/core/encoding.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

std::string page_block(std::string_view id, std::string_view bytes) {
  return cat("<script type=\"application/octet-stream\" id=\"", id, "\">", base64(bytes), "</script>\n");
}

std::string page_json_block(std::string_view id, std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return cat("<script type=\"application/json\" id=\"", id, "\">", safe, "</script>\n");
}

std::string fill_page(std::string_view page, std::string_view data) {
  constexpr std::string_view kMark = "{{data}}";
  const std::size_t at = page.find(kMark);
  if (at == std::string_view::npos) throw std::logic_error("the page has no place for its data");
  std::string out(page.substr(0, at));
  return out.append(data).append(page.substr(at + kMark.size()));
}

}  // namespace glyffuser

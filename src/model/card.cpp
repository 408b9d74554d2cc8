#include "glyffuser/model/card.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr const char* kRule = "---";

/// "[text](address)" as "text".
std::string without_links(const std::string& markdown) {
  std::string text;
  std::size_t at = 0;
  for (std::size_t middle = markdown.find("]("); middle != std::string::npos;
       middle = markdown.find("](", middle + 1)) {
    const std::size_t open = markdown.rfind('[', middle);
    const std::size_t close = markdown.find(')', middle);
    if (open == std::string::npos || open < at || close == std::string::npos) continue;
    text += markdown.substr(at, open - at) + markdown.substr(open + 1, middle - open - 1);
    at = close + 1;
  }
  return text + markdown.substr(at);
}

}  // namespace

std::string card_line(const std::string& card, const std::string& name) {
  const std::string start = cat("- ", name, ": ");
  for (const std::string& line : split(card, '\n')) {
    if (line.starts_with(start)) return trim(line.substr(start.size()));
  }
  return "";
}

std::string card_section(const std::string& card, const std::string& word) {
  bool inside = false;
  std::vector<std::string> paragraph;
  for (const std::string& line : split(card, '\n')) {
    const bool heading = line.starts_with('#');
    if (inside && (heading || (trim(line).empty() && !paragraph.empty()))) break;
    if (inside && !trim(line).empty()) paragraph.push_back(trim(line));
    if (heading && lower(line).find(word) != std::string::npos) inside = true;
  }
  return without_links(join(paragraph, " "));
}

std::string card_field(const std::string& card, const std::string& key) {
  const std::vector<std::string> lines = split(card, '\n');
  if (lines.empty() || trim(lines.front()) != kRule) return "";
  for (auto line = lines.begin() + 1; line != lines.end() && trim(*line) != kRule; ++line) {
    if (line->starts_with(key + ":")) return trim(line->substr(key.size() + 1));
  }
  return "";
}

}  // namespace glyffuser

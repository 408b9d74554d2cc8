#include "glyffuser/model/card.hpp"

#include <regex>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr const char* kRule = "---";

/// "[text](address)" as "text".
std::string without_links(const std::string& markdown) {
  static const std::regex kLink(R"(\[([^\]]*)\]\([^)]*\))");
  return std::regex_replace(markdown, kLink, "$1");
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

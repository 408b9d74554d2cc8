#include "glyffuser/config/dump.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser::config {
namespace {

// Plain words stay bare; everything else is a double-quoted JSON-like string, which YAML reads the same.
std::string quoted(const std::string& text) {
  bool plain = !text.empty();
  bool has_letter = false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    has_letter = has_letter || letter;
    plain = plain && (letter || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '.' || c == '-');
  }
  static const std::vector<std::string> kReserved = {"true", "false", "yes", "no",  "on",
                                                     "off",  "null",  "~",   "nan", "inf"};
  for (const std::string& word : kReserved) plain = plain && lower(text) != word;
  if (plain && has_letter && text.front() != '-' && text.front() != '.' &&
      (text.front() < '0' || text.front() > '9'))
    return text;
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += c;
    }
  }
  return out + "\"";
}

std::string written(bool value) {
  return value ? "true" : "false";
}
std::string written(std::int64_t value) {
  return cat(value);
}
std::string written(double value) {
  return shortest(value);
}
std::string written(const std::string& value) {
  return quoted(value);
}
std::string written(const Period& value) {
  return to_text(value);
}
template <class T>
std::string written(const std::optional<T>& value) {
  return value ? written(*value) : "null";
}
template <class T>
std::string written(const std::vector<T>& values) {
  std::vector<std::string> items;
  for (const T& value : values) items.push_back(written(value));
  return cat("[", join(items, ", "), "]");
}

}  // namespace

void Dumper::line(std::string_view key, const std::string& value) {
  text_ += cat(std::string(static_cast<std::size_t>(2 * depth_), ' '), key, ":", value.empty() ? "" : " ",
               value, "\n");
}

void Dumper::visit(std::string_view key, const AnyField& any) {
  std::visit([&](const auto& field) { line(key, written(field.value)); }, any);
}

void Dumper::enter(std::string_view key) {
  line(key, "");
  ++depth_;
}

void Dumper::leave() {
  --depth_;
}

}  // namespace glyffuser::config

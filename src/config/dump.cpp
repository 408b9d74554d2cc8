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

std::string number(double value) {
  return shortest(value);
}
std::string number(std::int64_t value) {
  return cat(value);
}

template <class T, class Show>
std::string list(const std::vector<T>& values, Show show) {
  std::vector<std::string> items;
  for (const T& value : values) items.push_back(show(value));
  return cat("[", join(items, ", "), "]");
}

}  // namespace

void Dumper::line(std::string_view key, const std::string& value) {
  text_ += cat(std::string(static_cast<std::size_t>(2 * depth_), ' '), key, ":", value.empty() ? "" : " ",
               value, "\n");
}

void Dumper::field(std::string_view key, bool& value) {
  line(key, value ? "true" : "false");
}
void Dumper::field(std::string_view key, std::int64_t& value, const Range<std::int64_t>&) {
  line(key, number(value));
}
void Dumper::field(std::string_view key, double& value, const Range<double>&) {
  line(key, number(value));
}
void Dumper::field(std::string_view key, std::string& value, const Choices&) {
  line(key, quoted(value));
}

void Dumper::field(std::string_view key, std::optional<std::int64_t>& value, const Range<std::int64_t>&) {
  line(key, value ? number(*value) : "null");
}
void Dumper::field(std::string_view key, std::optional<double>& value, const Range<double>&) {
  line(key, value ? number(*value) : "null");
}
void Dumper::field(std::string_view key, std::optional<std::string>& value, const Choices&) {
  line(key, value ? quoted(*value) : "null");
}
void Dumper::field(std::string_view key, Period& value, Never) {
  line(key, to_text(value));
}
void Dumper::field(std::string_view key, std::vector<std::string>& value, const Choices&) {
  line(key, list(value, quoted));
}
void Dumper::field(std::string_view key, std::vector<std::int64_t>& value, const Range<std::int64_t>&) {
  line(key, list(value, [](std::int64_t item) { return number(item); }));
}

bool Dumper::enter(std::string_view key) {
  line(key, "");
  ++depth_;
  return true;
}

void Dumper::leave() {
  --depth_;
}

}  // namespace glyffuser::config

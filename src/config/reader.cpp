#include "glyffuser/config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::config {
namespace {

[[noreturn]] void fail(const Node& node, const std::string& key, const std::string& expected) {
  throw ConfigError(cat(node.place, ": `", key, "` is ", shown(node), ", expected ", expected));
}

template <class T>
std::string number_text(T value) {
  if constexpr (std::is_floating_point_v<T>) return shortest(value);
  return cat(value);
}

template <class T>
std::string expectation(const char* noun, const Range<T>& range) {
  const bool low = range.low != std::numeric_limits<T>::lowest();
  const bool high = range.high != std::numeric_limits<T>::max();
  std::string text = noun;
  if (low) text += cat(range.open_low ? " above " : " of at least ", number_text(range.low));
  if (high) text += cat(low ? " and at most " : " of at most ", number_text(range.high));
  return text;
}

template <class T>
void check_range(const Node& node, const std::string& key, T value, const char* noun, const Range<T>& range) {
  const bool inside = (range.open_low ? value > range.low : value >= range.low) && value <= range.high;
  if (!inside) fail(node, key, expectation(noun, range));
}

bool is_null(const Node& node) {
  if (node.kind == Node::Kind::null) return true;
  if (node.kind != Node::Kind::scalar || node.quoted) return false;
  return node.scalar.empty() || node.scalar == "~" || node.scalar == "null";
}

std::int64_t to_integer(const Node& node, const std::string& key, const Range<std::int64_t>& range) {
  const auto expected = [&] { return expectation("a whole number", range); };
  if (node.kind != Node::Kind::scalar || node.quoted) fail(node, key, expected());
  std::string digits = node.scalar;
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.erase(0, 1);
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end != digits.data() + digits.size()) fail(node, key, expected());
  check_range(node, key, value, "a whole number", range);
  return value;
}

double to_number(const Node& node, const std::string& key, const Range<double>& range) {
  const auto expected = [&] { return expectation("a number", range); };
  if (node.kind != Node::Kind::scalar || node.quoted) fail(node, key, expected());
  std::string_view digits = node.scalar;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value))
    fail(node, key, expected());
  check_range(node, key, value, "a number", range);
  return value;
}

std::string to_string(const Node& node, const std::string& key, const Choices& choices) {
  const bool given = node.kind == Node::Kind::scalar;
  if (!choices.empty()) {
    if (given && std::find(choices.begin(), choices.end(), node.scalar) != choices.end()) return node.scalar;
    fail(node, key, cat("one of ", join(choices, ", "), given ? suggestion(node.scalar, choices) : ""));
  }
  if (!given) fail(node, key, "a text");
  return node.scalar;
}

// A list, or a single value that stands for a list of one.
template <class T, class Convert>
std::vector<T> to_list(const Node& node, Convert convert) {
  std::vector<T> values;
  if (is_null(node)) return values;
  if (node.kind != Node::Kind::sequence) return {convert(node)};
  for (const Node& item : node.items) values.push_back(convert(item));
  return values;
}

}  // namespace

const Node* Reader::take(std::string_view key) {
  Level& level = levels_.back();
  level.known.emplace_back(key);
  return level.node ? level.node->find(key) : nullptr;
}

std::string Reader::full(std::string_view key) const {
  const std::string& path = levels_.back().path;
  return path.empty() ? std::string(key) : cat(path, ".", key);
}

void Reader::field(std::string_view key, bool& value) {
  const Node* node = take(key);
  if (!node) return;
  const std::string text = node->kind == Node::Kind::scalar && !node->quoted ? lower(node->scalar) : "";
  if (text == "true" || text == "yes" || text == "on") {
    value = true;
  } else if (text == "false" || text == "no" || text == "off") {
    value = false;
  } else {
    fail(*node, full(key), "true or false");
  }
}

void Reader::field(std::string_view key, std::int64_t& value, const Range<std::int64_t>& range) {
  if (const Node* node = take(key)) value = to_integer(*node, full(key), range);
}

void Reader::field(std::string_view key, double& value, const Range<double>& range) {
  if (const Node* node = take(key)) value = to_number(*node, full(key), range);
}

void Reader::field(std::string_view key, std::string& value, const Choices& choices) {
  if (const Node* node = take(key)) value = to_string(*node, full(key), choices);
}

void Reader::field(std::string_view key, std::optional<std::int64_t>& value,
                   const Range<std::int64_t>& range) {
  const Node* node = take(key);
  if (!node) return;
  value = is_null(*node) ? std::nullopt : std::optional(to_integer(*node, full(key), range));
}

void Reader::field(std::string_view key, std::optional<double>& value, const Range<double>& range) {
  const Node* node = take(key);
  if (!node) return;
  value = is_null(*node) ? std::nullopt : std::optional(to_number(*node, full(key), range));
}

void Reader::field(std::string_view key, std::optional<std::string>& value, const Choices& choices) {
  const Node* node = take(key);
  if (!node) return;
  value = is_null(*node) ? std::nullopt : std::optional(to_string(*node, full(key), choices));
}

void Reader::field(std::string_view key, Period& value, Never never) {
  const Node* node = take(key);
  if (!node) return;
  const auto period = node->kind == Node::Kind::scalar ? parse_period(node->scalar) : std::nullopt;
  if (!period || (period->never() && never == Never::refused))
    fail(*node, full(key),
         cat("a number of steps such as 500, or of epochs such as 5e or 0.5e",
             never == Never::allowed ? ", or 0 for never" : ""));
  value = *period;
}

void Reader::field(std::string_view key, std::vector<std::string>& value, const Choices& choices) {
  const Node* node = take(key);
  if (!node) return;
  value = to_list<std::string>(*node, [&](const Node& item) { return to_string(item, full(key), choices); });
}

void Reader::field(std::string_view key, std::vector<std::int64_t>& value, const Range<std::int64_t>& range) {
  const Node* node = take(key);
  if (!node) return;
  value = to_list<std::int64_t>(*node, [&](const Node& item) { return to_integer(item, full(key), range); });
}

// An absent section is visited all the same: its struct may hold rules of its own beside the fields.
bool Reader::enter(std::string_view key) {
  const std::string path = full(key);
  const Node* node = take(key);
  if (node && is_null(*node)) node = nullptr;
  if (node && node->kind != Node::Kind::map)
    throw ConfigError(cat(node->place, ": `", path, "` is ", shown(*node), ", expected a section"));
  levels_.push_back({node, path, {}});
  return true;
}

void Reader::leave() {
  finish();
  levels_.pop_back();
}

void Reader::finish() {
  const Level& level = levels_.back();
  if (!level.node) return;
  for (const auto& [key, value] : level.node->entries) {
    if (std::find(level.known.begin(), level.known.end(), key) != level.known.end()) continue;
    throw ConfigError(cat(value.place, ": unknown key `", full(key), "`", suggestion(key, level.known)));
  }
}

}  // namespace glyffuser::config

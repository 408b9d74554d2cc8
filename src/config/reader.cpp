#include "glyffuser/config/reader.hpp"

#include <algorithm>
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
void assign_number(T& value, std::string_view digits, const Node& node, const std::string& key,
                   const char* noun, const Range<T>& range) {
  // YAML's numbers may have a plus sign, and parse_number's none.
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  const auto number = parse_number<T>(digits);
  const bool written_as_one = node.kind == Node::Kind::scalar && !node.quoted && number;
  if (!written_as_one || !std::isfinite(static_cast<double>(*number)) || !range.holds(*number))
    fail(node, key, expectation(noun, range));
  value = *number;
}

void assign(bool& value, const Node& node, const std::string& key, const Limits<bool>&) {
  const std::string text = node.kind == Node::Kind::scalar && !node.quoted ? lower(node.scalar) : "";
  const bool yes = text == "true" || text == "yes" || text == "on";
  if (!yes && text != "false" && text != "no" && text != "off") fail(node, key, "true or false");
  value = yes;
}

void assign(std::int64_t& value, const Node& node, const std::string& key, const Range<std::int64_t>& range) {
  std::string digits = node.scalar;
  std::erase(digits, '_');
  const bool too_large = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos &&
                         !parse_number<std::int64_t>(digits);
  if (too_large) fail(node, key, cat("a whole number of at most ", range.high));
  assign_number(value, digits, node, key, "a whole number", range);
}

void assign(double& value, const Node& node, const std::string& key, const Range<double>& range) {
  assign_number(value, node.scalar, node, key, "a number", range);
}

void assign(std::string& value, const Node& node, const std::string& key, const Choices& choices) {
  const bool given = node.kind == Node::Kind::scalar;
  const bool known = std::find(choices.begin(), choices.end(), node.scalar) != choices.end();
  if (!choices.empty() && !(given && known))
    fail(node, key, cat("one of ", join(choices, ", "), given ? suggestion(node.scalar, choices) : ""));
  if (!given) fail(node, key, "a text");
  value = node.scalar;
}

void assign(Period& value, const Node& node, const std::string& key, Never never) {
  const auto period = node.kind == Node::Kind::scalar ? parse_period(node.scalar) : std::nullopt;
  if (!period || (period->never() && never == Never::refused))
    fail(node, key,
         cat("a number of steps such as 500, or of epochs such as 5e or 0.5e",
             never == Never::allowed ? ", or 0 for never" : ""));
  value = *period;
}

template <class T>
void assign(std::optional<T>& value, const Node& node, const std::string& key, const Limits<T>& limits) {
  value.reset();
  if (!is_null(node)) assign(value.emplace(), node, key, limits);
}

// A list, or a single value that stands for a list of one.
template <class T>
void assign(std::vector<T>& values, const Node& node, const std::string& key, const Limits<T>& limits) {
  values.clear();
  if (is_null(node)) return;
  if (node.kind != Node::Kind::sequence) return assign(values.emplace_back(), node, key, limits);
  for (const Node& item : node.items) assign(values.emplace_back(), item, key, limits);
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

void Reader::visit(std::string_view key, const AnyField& any) {
  const Node* node = take(key);
  if (!node) return;
  std::visit([&](const auto& field) { assign(field.value, *node, full(key), field.limits); }, any);
}

// An absent section is visited all the same: its struct may hold rules of its own beside the fields.
void Reader::enter(std::string_view key) {
  const std::string path = full(key);
  const Node* node = take(key);
  if (node && is_null(*node)) node = nullptr;
  if (node && node->kind != Node::Kind::map)
    throw ConfigError(cat(node->place, ": `", path, "` is ", shown(*node), ", expected a section"));
  levels_.push_back({node, path, {}});
}

void Reader::leave() {
  finish();
  levels_.pop_back();
}

void Reader::finish() {
  const Level& level = levels_.back();
  if (!level.node || unknown_ == UnknownKeys::passed_over) return;
  for (const auto& [key, value] : level.node->entries) {
    if (std::find(level.known.begin(), level.known.end(), key) != level.known.end()) continue;
    throw ConfigError(cat(value.place, ": unknown key `", full(key), "`", suggestion(key, level.known)));
  }
}

}  // namespace glyffuser::config

#pragma once
// Small string helpers for messages, names and reports.

#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace glyffuser {

/// All arguments written one after the other, as operator<< writes them: cat("batch ", 3) is "batch 3".
template <class... Args>
std::string cat(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

/// The items joined by a separator: join({"a", "b"}, ", ") is "a, b".
std::string join(const std::vector<std::string>& items, std::string_view separator);

/// The number that the whole text is, nothing for any other text or a number that T cannot hold. As
/// std::from_chars reads it, to which `how` goes, a base or a std::chars_format: no blanks, no plus sign.
template <class T, class... How>
std::optional<T> parse_number(std::string_view text, How... how) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, how...);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A number with a fixed count of digits after the point.
std::string fixed(double value, int digits);

/// A number in the fewest digits that read back to the same double ("0.1", not "0.10000000000000001").
std::string shortest(double value);

/// A count of bytes for people: "9.4 MB".
std::string human_bytes(std::uint64_t bytes);

/// A duration for people: "2h 03m", "1m 20s", "3.2s".
std::string human_seconds(double seconds);

/// White space at both ends removed.
std::string trim(std::string_view text);

/// Split at every separator; "a,,b" gives three parts.
std::vector<std::string> split(std::string_view text, char separator);

/// Takes the first line, without its end (\n or \r\n), off a text that is not empty.
std::string_view take_line(std::string_view& text);

/// The text without a byte order mark, which editors on Windows put before it.
std::string_view without_byte_order_mark(std::string_view text);

/// ASCII letters in lower case; other bytes unchanged.
std::string lower(std::string_view text);

/// The candidate nearest to `word` by edit distance, or "" if none is near enough to be a typing error.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

/// " (did you mean `x`?)" for the nearest candidate, or "".
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

/// A file name made from a prompt: lower-case ASCII letters, digits and '-', at most 60 characters; a hash of
/// the whole text is appended where that loses anything, so that two prompts never share a slug.
std::string slug(std::string_view text);

/// The Unicode code points of valid UTF-8. Throws std::invalid_argument on anything else.
std::vector<char32_t> decode_utf8(std::string_view text);

/// The text with U+FFFD in the place of every byte that is no part of a valid character.
std::string with_valid_utf8(std::string_view text);

/// Enough of a text to know it by, in one line: at most 80 bytes and an ellipsis.
std::string beginning_of(std::string_view text);

/// Whether a number is the code point of a character: above 0, at most U+10FFFF and no surrogate.
bool is_character(std::uint32_t code_point);

/// One code point as UTF-8. It must be at most U+10FFFF and no surrogate, which is not checked.
std::string encode_utf8(char32_t code_point);

/// A code point as Unicode writes it: "U+4E18".
std::string code_point_name(char32_t code_point);

}  // namespace glyffuser

#include "glyffuser/config/period.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {
constexpr double kMost = 1e9;
}

std::int64_t Period::steps(double steps_per_epoch) const {
  if (never()) return 0;
  return std::max<std::int64_t>(1, std::llround(in_epochs ? amount * steps_per_epoch : amount));
}

std::optional<Period> parse_period(std::string_view text) {
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  const bool epochs = digits.ends_with('e');
  if (epochs) digits.pop_back();
  const auto amount = parse_number<double>(digits, std::chars_format::fixed);
  if (!amount || std::signbit(*amount) || !(*amount <= kMost)) return {};
  if (!epochs && *amount != std::floor(*amount)) return {};
  return Period(*amount, epochs);
}

std::string to_text(const Period& period) {
  // Not in the shortest form, in which "1e+05e" would be one.
  std::array<char, 400> digits{};
  const auto result =
      std::to_chars(digits.data(), digits.data() + digits.size(), period.amount, std::chars_format::fixed);
  return cat(std::string_view(digits.data(), result.ptr), period.in_epochs ? "e" : "");
}

}  // namespace glyffuser

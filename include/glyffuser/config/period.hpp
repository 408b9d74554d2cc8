#pragma once
// How often something happens in a training run: every so many optimizer steps (`500`), or every so many
// passes over the training data (`5e`, `0.5e`).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glyffuser {

struct Period {
  Period(std::int64_t steps = 0) : amount(static_cast<double>(steps)) {}  // a plain number is one of steps
  Period(double count, bool epochs) : amount(count), in_epochs(epochs) {}

  double amount;  ///< of steps (a whole number) or epochs; 0: never
  bool in_epochs = false;

  bool never() const { return amount == 0; }
  /// The same in optimizer steps, rounded; at least 1, but 0 for never.
  std::int64_t steps(double steps_per_epoch) const;

  bool operator==(const Period&) const = default;
};

/// "500", "5e" or "0.5e"; amounts from 0 to 1e9. Nothing for any other text.
std::optional<Period> parse_period(std::string_view text);

/// The text that reads back to it.
std::string to_text(const Period& period);

}  // namespace glyffuser

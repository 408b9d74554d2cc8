#pragma once
// How a config struct tells its keys. Each struct lives beside its owner and has one function
//
//   void describe(config::Fields& fields, TrainConfig& config) {
//     fields.field("batch_size", config.batch_size, config::at_least<std::int64_t>(1));
//     fields.section("ema", config.ema);
//   }
//
// which serves reading (config/reader.hpp), dumping (config/dump.hpp) and the list of known keys alike.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "glyffuser/config/period.hpp"

namespace glyffuser::config {

/// Allowed values of a number: low <= value <= high; `open_low` excludes low itself.
template <class T>
struct Range {
  T low = std::numeric_limits<T>::lowest();
  T high = std::numeric_limits<T>::max();
  bool open_low = false;

  bool holds(T value) const { return (open_low ? value > low : value >= low) && value <= high; }
};

template <class T>
Range<T> at_least(T low) {
  return {.low = low};
}
template <class T>
Range<T> above(T low) {
  return {.low = low, .open_low = true};
}
template <class T>
Range<T> between(T low, T high) {
  return {.low = low, .high = high};
}

/// Allowed values of a string; empty: any.
using Choices = std::vector<std::string>;

/// Whether a period may be 0.
enum class Never { refused, allowed };

/// What the values of a type are held to; an optional's and a list's as their values.
template <class T>
struct LimitsOf;
template <>
struct LimitsOf<bool> {
  struct type {};
};
template <>
struct LimitsOf<std::int64_t> {
  using type = Range<std::int64_t>;
};
template <>
struct LimitsOf<double> {
  using type = Range<double>;
};
template <>
struct LimitsOf<std::string> {
  using type = Choices;
};
template <>
struct LimitsOf<Period> {
  using type = Never;
};
template <class T>
struct LimitsOf<std::optional<T>> : LimitsOf<T> {};
template <class T>
struct LimitsOf<std::vector<T>> : LimitsOf<T> {};
template <class T>
using Limits = typename LimitsOf<T>::type;

/// A member of a struct, and what it is held to.
template <class T>
struct Field {
  T& value;
  const Limits<T>& limits;
};

/// All types that a member may have. An optional that is empty is `null` in YAML; a single value in YAML also
/// reads as a list of one.
using AnyField =
    std::variant<Field<bool>, Field<std::int64_t>, Field<double>, Field<std::string>, Field<Period>,
                 Field<std::optional<bool>>, Field<std::optional<std::int64_t>>, Field<std::optional<double>>,
                 Field<std::optional<std::string>>, Field<std::vector<std::int64_t>>,
                 Field<std::vector<double>>, Field<std::vector<std::string>>>;

/// Visitor over a struct's keys.
class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void field(std::string_view key, T& value, const Limits<T>& limits = {}) {
    visit(key, Field<T>{value, limits});
  }

  /// A nested map, described by `describe(Fields&, Config&)` found by argument-dependent lookup.
  template <class Config>
  void section(std::string_view key, Config& config) {
    enter(key);
    describe(*this, config);
    leave();
  }

 protected:
  virtual void visit(std::string_view key, const AnyField& field) = 0;
  virtual void enter(std::string_view /*key*/) {}
  virtual void leave() {}
};

}  // namespace glyffuser::config

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
#include <vector>

#include "glyffuser/config/period.hpp"

namespace glyffuser::config {

/// Allowed values of a number: low <= value <= high; `open_low` excludes low itself.
template <class T>
struct Range {
  T low = std::numeric_limits<T>::lowest();
  T high = std::numeric_limits<T>::max();
  bool open_low = false;
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

/// Visitor over a struct's keys. An optional that is empty is `null` in YAML.
class Fields {
 public:
  virtual ~Fields() = default;

  virtual void field(std::string_view key, bool& value) = 0;
  virtual void field(std::string_view key, std::int64_t& value, const Range<std::int64_t>& range = {}) = 0;
  virtual void field(std::string_view key, double& value, const Range<double>& range = {}) = 0;
  virtual void field(std::string_view key, std::string& value, const Choices& choices = {}) = 0;
  virtual void field(std::string_view key, std::optional<std::int64_t>& value,
                     const Range<std::int64_t>& range = {}) = 0;
  virtual void field(std::string_view key, std::optional<double>& value, const Range<double>& range = {}) = 0;
  virtual void field(std::string_view key, std::optional<std::string>& value,
                     const Choices& choices = {}) = 0;
  virtual void field(std::string_view key, Period& value, Never never) = 0;
  /// A single value in YAML also reads as a list of one.
  virtual void field(std::string_view key, std::vector<std::string>& value, const Choices& choices = {}) = 0;
  virtual void field(std::string_view key, std::vector<std::int64_t>& value,
                     const Range<std::int64_t>& range = {}) = 0;

  /// A nested map, described by `describe(Fields&, Config&)` found by argument-dependent lookup.
  template <class Config>
  void section(std::string_view key, Config& config) {
    if (!enter(key)) return;
    describe(*this, config);
    leave();
  }

 protected:
  /// False if the section is absent and there is nothing to visit.
  virtual bool enter(std::string_view key) = 0;
  virtual void leave() = 0;
};

}  // namespace glyffuser::config

#pragma once
// Why a training ends before its last step.

#include <chrono>
#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/signals.hpp"

namespace glyffuser {

/// In rising order of importance: of several processes' reasons the greatest counts.
enum class Stop { none, out_of_time, interrupted, terminated };

/// 0 where the run's own limit was reached, else that of the signal.
ExitCode exit_code(Stop stop);

/// Asked after every step: has a signal come, or is train.max_minutes over?
class StopRequest {
 public:
  /// Time counts from here. `cancelled` must outlive the object.
  StopRequest(const Cancellation& cancelled, std::optional<double> max_minutes);
  /// A signal counts before time.
  Stop now() const;

 private:
  const Cancellation& cancelled_;
  std::optional<double> max_minutes_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace glyffuser

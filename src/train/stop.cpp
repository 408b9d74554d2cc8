#include "glyffuser/train/stop.hpp"

namespace glyffuser {

ExitCode exit_code(Stop stop) {
  if (stop == Stop::interrupted) return ExitCode::interrupted;
  return stop == Stop::terminated ? ExitCode::terminated : ExitCode::done;
}

StopRequest::StopRequest(const Cancellation& cancelled, std::optional<double> max_minutes)
    : cancelled_(cancelled), max_minutes_(max_minutes) {}

Stop StopRequest::now() const {
  if (cancelled_)
    return static_cast<ExitCode>(cancelled_.exit_code()) == ExitCode::interrupted ? Stop::interrupted
                                                                                  : Stop::terminated;
  const std::chrono::duration<double, std::ratio<60>> minutes = std::chrono::steady_clock::now() - start_;
  return max_minutes_ && minutes.count() >= *max_minutes_ ? Stop::out_of_time : Stop::none;
}

}  // namespace glyffuser

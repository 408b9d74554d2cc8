#pragma once
// Keeps a run's report.html up to date while training goes on, on a thread of its own.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <string>

#include "glyffuser/train/history.hpp"

namespace glyffuser {

class ReportWriter {
 public:
  /// For the folder of a run at `step`, of which metrics.jsonl, config.yaml, train.log and samples/ are read.
  /// `interval`: the longest time between two reports.
  ReportWriter(std::filesystem::path run_folder, std::int64_t step, std::int64_t total_steps,
               std::chrono::duration<double> interval = std::chrono::seconds(30));
  /// Waits for the report under way and writes the last one: the run is finished if `finish` said so, else
  /// failed if an exception is leaving, else stopped.
  ~ReportWriter();
  ReportWriter(const ReportWriter&) = delete;
  ReportWriter& operator=(const ReportWriter&) = delete;

  /// After every step; takes no time unless a report is due: the first time, after `interval`, and when
  /// `event` (there is a new preview, a validation, a checkpoint). A report that cannot be written costs a
  /// warning, once, and never the run.
  void update(std::int64_t step, bool event);

  /// The run has reached its end.
  void finish() { finished_ = true; }

 private:
  void write(const std::string& state, std::int64_t step);

  std::filesystem::path folder_;
  std::int64_t step_;
  std::int64_t total_steps_;
  std::chrono::duration<double> interval_;
  bool due_ = true;
  bool finished_ = false;
  int exceptions_ = std::uncaught_exceptions();
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  RunHistory history_;   ///< used by one `write` at a time
  bool warned_ = false;  ///< likewise
  std::future<void> writing_;
};

}  // namespace glyffuser

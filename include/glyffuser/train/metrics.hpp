#pragma once
// metrics.jsonl: one JSON object a line, flushed as it is written, without gaps or repeats over resumes.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace glyffuser {

/// Whether a value is written as a whole number, as counts are: it is one, below 1e15.
bool is_whole(double value);

/// Names and numbers of one record, in the order they are written; a number that is not finite becomes null.
using MetricsRecord = std::vector<std::pair<std::string, double>>;
/// Names and texts of one record.
using MetricsTexts = std::vector<std::pair<std::string, std::string>>;

/// What has been seen since the last training record; part of a checkpoint, so that the next record is the
/// same wherever the run was stopped.
struct MetricsSums {
  double loss = 0;
  double grad_norm = 0;
  std::int64_t good_steps = 0;  ///< steps that were not skipped; only these are summed
  double smoothed_loss = 0;     ///< for the progress line
};

class Metrics {
 public:
  /// Opens the file for appending after dropping what lies beyond `last_step`: records that a checkpoint of
  /// that step does not know, a line cut short, and the "run" record of a process that began at that very
  /// step, since the one that goes on from there writes its own. Throws FileError if the old file cannot be
  /// read, RunError if the new one cannot be written.
  Metrics(const std::filesystem::path& file, std::int64_t last_step);

  /// Appends {"step": step, "kind": kind, …, "seconds": seconds()}. Throws RunError (disk full).
  void write(std::int64_t step, const std::string& kind, const MetricsRecord& record,
             const MetricsTexts& texts = {});

  /// How long the run has been going: the time of this process so far on top of that of the last record kept.
  double seconds() const;

  /// Waits until all records are on disk: a checkpoint must not survive a power loss that they do not. Throws
  /// RunError.
  void sync() const;

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  double seconds_before_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace glyffuser

#pragma once
// What a run says of itself: the progress line, the log, and the training records of metrics.jsonl.

#include <chrono>
#include <cstdint>

#include "glyffuser/core/progress.hpp"
#include "glyffuser/train/conditioning.hpp"
#include "glyffuser/train/metrics.hpp"
#include "glyffuser/train/trainer.hpp"

namespace glyffuser {

class Reporter {
 public:
  /// `training_glyphs`: the length of an epoch; `state`: where this process takes over.
  Reporter(Metrics& metrics, const TrainConfig& config, std::int64_t training_glyphs,
           std::int64_t total_steps, const TrainState& state, bool quiet,
           const torch::Device& device = torch::kCPU);

  /// Takes note of one step; every train.log_every steps the means since then go to metrics.jsonl.
  void step(const TrainStep& result, const TrainState& state);
  const MetricsSums& sums() const { return sums_; }
  /// Writes what Validation::run gave, and warns once if the captions turn out not to help.
  void validation(const MetricsRecord& losses, const TrainState& state);
  /// Closes the progress line, for messages that stand alone.
  void pause() { progress_.finish(); }

 private:
  std::string line(const TrainState& state) const;
  double epoch(const TrainState& state) const;

  Metrics& metrics_;
  std::int64_t log_every_;
  std::int64_t batch_size_;
  std::int64_t training_glyphs_;
  std::int64_t total_steps_;
  std::int64_t first_step_;
  torch::Device device_;
  ConditioningWatch conditioning_;
  Progress progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_record_ = start_;
  std::int64_t last_record_step_;
  MetricsSums sums_;
};

}  // namespace glyffuser

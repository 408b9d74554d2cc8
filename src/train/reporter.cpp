#include "glyffuser/train/reporter.hpp"

#include <algorithm>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/machine.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/memory.hpp"

namespace glyffuser {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Null if the record has no such number.
const double* find(const MetricsRecord& record, const std::string& name) {
  const auto found =
      std::find_if(record.begin(), record.end(), [&](const auto& item) { return item.first == name; });
  return found == record.end() ? nullptr : &found->second;
}

/// "peak_memory" in bytes, and on a GPU also "device_peak_memory" and "device_reserved_memory".
MetricsRecord memory_record(const torch::Device& device) {
  MetricsRecord record = {{"peak_memory", static_cast<double>(peak_memory())}};
  if (device.is_cpu()) return record;
  const MemoryUse there = memory_use(device);
  record.emplace_back("device_peak_memory", static_cast<double>(there.tensors_peak));
  record.emplace_back("device_reserved_memory", static_cast<double>(there.peak));
  return record;
}

}  // namespace

Reporter::Reporter(Metrics& metrics, const TrainConfig& config, std::int64_t training_glyphs,
                   std::int64_t total_steps, const TrainState& state, bool quiet, const torch::Device& device)
    : metrics_(metrics),
      log_every_(config.log_every.steps(steps_per_epoch(config, training_glyphs))),
      batch_size_(config.batch_size),
      training_glyphs_(training_glyphs),
      total_steps_(total_steps),
      first_step_(state.step),
      device_(device),
      progress_(quiet, 10.0),
      last_record_step_(state.step),
      sums_(state.sums) {}

void Reporter::step(const TrainStep& result, const TrainState& state) {
  if (!result.skipped) {
    sums_.loss += result.loss;
    sums_.grad_norm += result.grad_norm;
    ++sums_.good_steps;
    sums_.smoothed_loss =
        sums_.smoothed_loss == 0 ? result.loss : 0.98 * sums_.smoothed_loss + 0.02 * result.loss;
  }
  if (state.step % log_every_ == 0 || state.step == total_steps_) {
    const auto now = std::chrono::steady_clock::now();
    const auto steps = static_cast<double>(state.step - last_record_step_);
    const auto good = static_cast<double>(sums_.good_steps);
    MetricsRecord record = {{"samples", static_cast<double>(state.samples)},
                            {"epoch", epoch(state)},
                            {"loss", sums_.loss / good},
                            {"grad_norm", sums_.grad_norm / good},
                            {"learning_rate", result.learning_rate},
                            {"skipped_steps", static_cast<double>(state.skipped_steps)},
                            {"samples_per_second",
                             steps * static_cast<double>(batch_size_) / seconds_between(last_record_, now)}};
    for (const auto& item : memory_record(device_)) record.push_back(item);
    metrics_.write(state.step, "train", record);
    last_record_ = now;
    last_record_step_ = state.step;
    sums_ = {.smoothed_loss = sums_.smoothed_loss};
  }
  const bool last = state.step == total_steps_;
  if (last || progress_.due()) progress_.show(line(state), last);
}

void Reporter::validation(const MetricsRecord& losses, const TrainState& state) {
  MetricsRecord record = {{"samples", static_cast<double>(state.samples)}, {"epoch", epoch(state)}};
  record.insert(record.end(), losses.begin(), losses.end());
  metrics_.write(state.step, "validation", record);
  const double* gain = find(losses, "conditioning_gain");
  const double* error = find(losses, "conditioning_gain_error");
  if (!gain || !error || !conditioning_.warns({.mean = *gain, .standard_error = *error}, state.samples))
    return;
  pause();
  log::warning(
      cat("the captions do not help: on held-out glyphs the loss with their own captions is ",
          fixed(*gain, 5), " below that with the captions of others, give or take ", fixed(*error, 5),
          "; expected a clear difference by now, so the text encoder or the cross-attention may not be "
          "in use"));
}

double Reporter::epoch(const TrainState& state) const {
  return static_cast<double>(state.samples) / static_cast<double>(training_glyphs_);
}

std::string Reporter::line(const TrainState& state) const {
  const double elapsed = seconds_between(start_, std::chrono::steady_clock::now());
  const double steps_per_second = static_cast<double>(state.step - first_step_) / elapsed;
  return cat("epoch ", fixed(epoch(state), 2), " | step ", state.step, "/", total_steps_, " | ",
             state.samples, " samples | loss ", fixed(sums_.smoothed_loss, 4), " | ",
             fixed(steps_per_second * static_cast<double>(batch_size_), 1), " samples/s | ETA ",
             human_seconds(static_cast<double>(total_steps_ - state.step) / steps_per_second));
}

}  // namespace glyffuser

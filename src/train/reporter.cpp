#include "glyffuser/train/reporter.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Reporter::Reporter(Metrics& metrics, const TrainConfig& config, std::int64_t training_glyphs,
                   std::int64_t total_steps, std::int64_t first_step, bool quiet)
    : metrics_(metrics),
      log_every_(config.log_every),
      batch_size_(config.batch_size),
      training_glyphs_(training_glyphs),
      total_steps_(total_steps),
      first_step_(first_step),
      progress_(quiet, 10.0),
      last_record_step_(first_step) {}

void Reporter::step(const TrainStep& result, const TrainState& state) {
  if (!result.skipped) {
    loss_sum_ += result.loss;
    norm_sum_ += result.grad_norm;
    ++steps_in_sums_;
    shown_loss_ = shown_loss_ == 0 ? result.loss : 0.98 * shown_loss_ + 0.02 * result.loss;
  }
  if (state.step % log_every_ == 0 || state.step == total_steps_) {
    const auto now = std::chrono::steady_clock::now();
    const auto steps = static_cast<double>(state.step - last_record_step_);
    const auto finite = static_cast<double>(steps_in_sums_);
    metrics_.write(state.step, "train",
                   {{"samples", static_cast<double>(state.samples)},
                    {"epoch", static_cast<double>(state.samples) / static_cast<double>(training_glyphs_)},
                    {"loss", loss_sum_ / finite},
                    {"grad_norm", norm_sum_ / finite},
                    {"learning_rate", result.learning_rate},
                    {"skipped_steps", static_cast<double>(state.skipped_steps)},
                    {"samples_per_second",
                     steps * static_cast<double>(batch_size_) / seconds_between(last_record_, now)}});
    last_record_ = now;
    last_record_step_ = state.step;
    loss_sum_ = norm_sum_ = 0;
    steps_in_sums_ = 0;
  }
  const bool last = state.step == total_steps_;
  if (last || progress_.due()) progress_.show(line(state), last);
}

std::string Reporter::line(const TrainState& state) const {
  const double elapsed = seconds_between(start_, std::chrono::steady_clock::now());
  const double steps_per_second = static_cast<double>(state.step - first_step_) / elapsed;
  return cat("epoch ", fixed(static_cast<double>(state.samples) / static_cast<double>(training_glyphs_), 2),
             " | step ", state.step, "/", total_steps_, " | ", state.samples, " samples | loss ",
             fixed(shown_loss_, 4), " | ", fixed(steps_per_second * static_cast<double>(batch_size_), 1),
             " samples/s | ETA ",
             human_seconds(static_cast<double>(total_steps_ - state.step) / steps_per_second));
}

}  // namespace glyffuser

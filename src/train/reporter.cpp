#include "glyffuser/train/reporter.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Reporter::Reporter(Metrics& metrics, const TrainConfig& config, std::int64_t training_glyphs,
                   std::int64_t total_steps, const TrainState& state, bool quiet)
    : metrics_(metrics),
      log_every_(config.log_every.steps(static_cast<double>(training_glyphs) /
                                        static_cast<double>(config.batch_size))),
      batch_size_(config.batch_size),
      training_glyphs_(training_glyphs),
      total_steps_(total_steps),
      first_step_(state.step),
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
    metrics_.write(state.step, "train",
                   {{"samples", static_cast<double>(state.samples)},
                    {"epoch", static_cast<double>(state.samples) / static_cast<double>(training_glyphs_)},
                    {"loss", sums_.loss / good},
                    {"grad_norm", sums_.grad_norm / good},
                    {"learning_rate", result.learning_rate},
                    {"skipped_steps", static_cast<double>(state.skipped_steps)},
                    {"samples_per_second",
                     steps * static_cast<double>(batch_size_) / seconds_between(last_record_, now)}});
    last_record_ = now;
    last_record_step_ = state.step;
    sums_ = {.smoothed_loss = sums_.smoothed_loss};
  }
  const bool last = state.step == total_steps_;
  if (last || progress_.due()) progress_.show(line(state), last);
}

std::string Reporter::line(const TrainState& state) const {
  const double elapsed = seconds_between(start_, std::chrono::steady_clock::now());
  const double steps_per_second = static_cast<double>(state.step - first_step_) / elapsed;
  return cat("epoch ", fixed(static_cast<double>(state.samples) / static_cast<double>(training_glyphs_), 2),
             " | step ", state.step, "/", total_steps_, " | ", state.samples, " samples | loss ",
             fixed(sums_.smoothed_loss, 4), " | ",
             fixed(steps_per_second * static_cast<double>(batch_size_), 1), " samples/s | ETA ",
             human_seconds(static_cast<double>(total_steps_ - state.step) / steps_per_second));
}

}  // namespace glyffuser

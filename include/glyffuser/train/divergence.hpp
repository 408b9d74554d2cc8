#pragma once
// Which steps would do more harm than good: a loss or gradient that is not finite, or far above the usual.
//
// The loss of a small batch is heavy-tailed: a clean image's time step can cost hundreds of times what a
// noisy one does. So the usual is taken in logarithms, mean and spread alike, over the last few hundred good
// steps.

#include <cstdint>
#include <string>

namespace glyffuser {

/// Mean and variance of the logarithm of what has been seen.
struct LogStatistics {
  double mean = 0;
  double variance = 0;
};

/// What the judgement of the next step depends on; part of a checkpoint.
struct DivergenceState {
  std::int64_t good_steps = 0;
  std::int64_t bad_in_a_row = 0;
  LogStatistics loss = {}, grad_norm = {};
};

/// The largest loss and gradient norm of a good step.
struct StepLimits {
  float loss = 0, grad_norm = 0;
};

/// What judge_step will take as good in this state; always finite, so that nothing else passes a comparison.
StepLimits step_limits(const DivergenceState& state, double max_factor);

/// Judges a step before anything is updated, and takes note of it in `state`. Returns "" for a good one, else
/// why it is bad: loss or gradient norm (before clipping) is not finite, or above `max_factor` times its
/// geometric mean *and* more than six standard deviations above it in logarithms. Until there were 50 good
/// ones it takes 10,000 times more, and before the first one whatever is finite. max_factor 0: only what is
/// not finite is bad.
std::string judge_step(DivergenceState& state, double loss, double grad_norm, double max_factor);

}  // namespace glyffuser

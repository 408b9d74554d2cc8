#include "glyffuser/train/divergence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr double kDeviations = 6;
constexpr double kHorizon = 200;       // steps that the statistics look back, about
constexpr std::int64_t kSettled = 50;  // good steps until they are trusted
constexpr double kUnsettledFactor = 1e4;

double logarithm(double value) {
  return std::log(std::max(value, 1e-30));
}

// An exponential mean that begins as the plain one, and the variance around it (West 1979's update).
void take_note(LogStatistics& statistics, double value, std::int64_t seen) {
  const double weight = std::max(1.0 / static_cast<double>(seen + 1), 1.0 / kHorizon);
  const double difference = logarithm(value) - statistics.mean;
  statistics.mean += weight * difference;
  statistics.variance = (1 - weight) * (statistics.variance + weight * difference * difference);
}

float limit(const LogStatistics& usual, std::int64_t seen, double max_factor) {
  constexpr float kUnlimited = std::numeric_limits<float>::max();
  if (max_factor == 0 || seen == 0) return kUnlimited;
  double margin = std::max(std::log(max_factor), kDeviations * std::sqrt(usual.variance));
  if (seen < kSettled) margin += std::log(kUnsettledFactor);
  return static_cast<float>(std::min<double>(std::exp(usual.mean + margin), kUnlimited));
}

std::string complaint(const char* what, double value, const LogStatistics& usual, float limit) {
  if (!std::isfinite(value)) return cat(what, " ", shortest(value), " is not finite");
  if (value <= limit) return "";
  return cat(what, " ", value, " is far above the usual ", std::exp(usual.mean));
}

}  // namespace

StepLimits step_limits(const DivergenceState& state, double max_factor) {
  return {limit(state.loss, state.good_steps, max_factor),
          limit(state.grad_norm, state.good_steps, max_factor)};
}

std::string judge_step(DivergenceState& state, double loss, double grad_norm, double max_factor) {
  const StepLimits limits = step_limits(state, max_factor);
  std::string bad = complaint("loss", loss, state.loss, limits.loss);
  if (bad.empty()) bad = complaint("gradient norm", grad_norm, state.grad_norm, limits.grad_norm);
  if (!bad.empty()) {
    ++state.bad_in_a_row;
    return bad;
  }
  take_note(state.loss, loss, state.good_steps);
  take_note(state.grad_norm, grad_norm, state.good_steps);
  ++state.good_steps;
  state.bad_in_a_row = 0;
  return "";
}

}  // namespace glyffuser

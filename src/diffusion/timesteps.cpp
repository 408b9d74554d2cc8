#include "glyffuser/diffusion/timesteps.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// NumPy's rounding: halves go to the even neighbour, where std::round would go away from zero.
std::int64_t round_half_to_even(double value) {
  return static_cast<std::int64_t>(std::nearbyint(value));
}

std::vector<std::int64_t> leading(std::int64_t total, std::int64_t steps, std::int64_t offset) {
  std::vector<std::int64_t> list;
  for (std::int64_t i = steps - 1; i >= 0; --i) list.push_back(i * (total / steps) + offset);
  return list;
}

std::vector<double> linspace(std::int64_t total, std::int64_t steps) {
  if (steps == 1) return {0};
  const double stride = static_cast<double>(total - 1) / static_cast<double>(steps - 1);
  std::vector<double> list{static_cast<double>(total - 1)};
  for (std::int64_t i = steps - 2; i >= 0; --i) list.push_back(static_cast<double>(i) * stride);
  return list;
}

/// From `last` down in the stride of all the schedule's `total`, while above 0.
std::vector<std::int64_t> trailing(std::int64_t last, std::int64_t total, std::int64_t steps) {
  // numpy.arange steps by the rounded difference of its first two values. Doing the same keeps diffusers'
  // half-way cases, but for the extra -1 that arange appends for some step counts.
  const double start = static_cast<double>(last);
  const double difference = (start - static_cast<double>(total) / static_cast<double>(steps)) - start;
  std::vector<std::int64_t> list;
  for (double at = start; at > 0; at = start + static_cast<double>(list.size()) * difference)
    list.push_back(round_half_to_even(at) - 1);
  if (list.back() < 0) list.pop_back();
  return list;
}

template <class Number>
void check_list(const std::vector<Number>& timesteps, std::int64_t num_train_timesteps) {
  if (timesteps.empty()) throw ConfigError("the list of time steps is empty");
  const auto rise = std::adjacent_find(timesteps.begin(), timesteps.end(), std::less_equal<>());
  if (rise != timesteps.end()) {
    throw ConfigError(
        cat("the list of time steps has ", rise[1], " after ", rise[0], ", expected descending time steps"));
  }
  if (timesteps.front() > static_cast<Number>(num_train_timesteps - 1) || timesteps.back() < 0) {
    throw ConfigError(cat("the time steps go from ", timesteps.front(), " to ", timesteps.back(),
                          ", expected values within ", num_train_timesteps - 1, " to 0"));
  }
}

}  // namespace

std::vector<std::int64_t> spaced_timesteps(const std::string& spacing, std::int64_t num_train_timesteps,
                                           std::int64_t steps, std::int64_t offset) {
  check_step_count(steps, num_train_timesteps);
  std::vector<std::int64_t> list;
  if (spacing == "trailing") {
    list = trailing(num_train_timesteps, num_train_timesteps, steps);
  } else if (spacing == "linspace") {
    for (const double t : linspace(num_train_timesteps, steps)) list.push_back(round_half_to_even(t));
  } else if (spacing == "leading") {
    list = leading(num_train_timesteps, steps, offset);
  } else {
    throw ConfigError(cat("timestep_spacing is ", spacing, ", expected leading, linspace or trailing"));
  }
  check_timesteps(list, num_train_timesteps);
  return list;
}

std::vector<std::int64_t> solver_timesteps(const std::string& spacing, std::int64_t num_train_timesteps,
                                           std::int64_t steps, std::int64_t offset, std::int64_t visited) {
  if (visited > 0 && visited < num_train_timesteps) {
    check_step_count(steps, num_train_timesteps);
    if (spacing == "trailing") return trailing(visited, num_train_timesteps, steps);
    return solver_timesteps(spacing, visited, steps, offset);
  }
  if (spacing == "trailing" || steps < 1 || steps >= num_train_timesteps)
    return spaced_timesteps(spacing, num_train_timesteps, steps, offset);
  std::vector<std::int64_t> list = spaced_timesteps(spacing, num_train_timesteps, steps + 1, offset);
  list.pop_back();
  return list;
}

std::vector<double> fractional_timesteps(const std::string& spacing, std::int64_t num_train_timesteps,
                                         std::int64_t steps, std::int64_t offset) {
  check_step_count(steps, num_train_timesteps);
  if (spacing == "linspace") return linspace(num_train_timesteps, steps);
  const auto list = spaced_timesteps(spacing, num_train_timesteps, steps, offset);
  return {list.begin(), list.end()};
}

void check_step_count(std::int64_t steps, std::int64_t num_train_timesteps) {
  if (steps < 1 || steps > num_train_timesteps)
    throw ConfigError(cat("the number of steps is ", steps, ", expected 1 to ", num_train_timesteps));
}

void check_timesteps(const std::vector<std::int64_t>& timesteps, std::int64_t num_train_timesteps) {
  check_list(timesteps, num_train_timesteps);
}

void check_timesteps(const std::vector<double>& timesteps, std::int64_t num_train_timesteps) {
  check_list(timesteps, num_train_timesteps);
}

}  // namespace glyffuser

#pragma once
// Which of the T training time steps a sampling run visits (Lin et al. 2023, arXiv 2305.08891, table 2). The
// lists are diffusers', to the last half-way rounding, wherever diffusers' are valid.

#include <cstdint>
#include <string>
#include <vector>

namespace glyffuser {

/// `steps` time steps, strictly descending within T-1 ... 0. `spacing`:
///   trailing  round(T - i T/steps) - 1: begins at T-1
///   linspace  round of T-1 ... 0: begins at T-1 and ends at 0
///   leading   multiples of floor(T/steps), plus `offset`: ends at `offset`
/// Throws ConfigError for steps outside 1 ... T, an unknown spacing, and an offset that leads beyond T-1.
std::vector<std::int64_t> spaced_timesteps(const std::string& spacing, std::int64_t num_train_timesteps,
                                           std::int64_t steps, std::int64_t offset = 0);

/// The list of the multistep DPM-Solvers: leading and linspace make their steps a little shorter, so that one
/// more would end at `offset` or 0, where the denoiser is not asked. All T steps are T-1 ... 0, where
/// diffusers repeats time steps. Of T only the first `visited` may be taken (0: all); trailing keeps its
/// stride then, and so takes fewer steps. Throws as spaced_timesteps.
std::vector<std::int64_t> solver_timesteps(const std::string& spacing, std::int64_t num_train_timesteps,
                                           std::int64_t steps, std::int64_t offset = 0,
                                           std::int64_t visited = 0);

/// As spaced_timesteps, but linspace is not rounded: the list of DPMSolverSDEScheduler.
std::vector<double> fractional_timesteps(const std::string& spacing, std::int64_t num_train_timesteps,
                                         std::int64_t steps, std::int64_t offset = 0);

/// Throws ConfigError for steps outside 1 ... T.
void check_step_count(std::int64_t steps, std::int64_t num_train_timesteps);

/// Throws ConfigError unless the list is not empty, strictly descending and within T-1 ... 0.
void check_timesteps(const std::vector<std::int64_t>& timesteps, std::int64_t num_train_timesteps);
void check_timesteps(const std::vector<double>& timesteps, std::int64_t num_train_timesteps);

}  // namespace glyffuser

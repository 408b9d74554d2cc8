#pragma once
// How a DPM-Solver goes from noise to image, under diffusers' names; what a scheduler_config.json of
// DPMSolverMultistepScheduler or DPMSolverSDEScheduler says beyond the noise schedule.

#include <cstdint>
#include <limits>
#include <string>

#include "glyffuser/config/fields.hpp"

namespace glyffuser {

inline const config::Choices kSolverTypes{"midpoint", "heun"};
inline const config::Choices kFinalSigmasTypes{"zero", "sigma_min"};

/// The defaults are diffusers'. DPMSolverSDEScheduler has use_karras_sigmas only.
struct SolverConfig {
  std::string algorithm_type = "dpmsolver++";  ///< dpmsolver | dpmsolver++ | sde-dpmsolver | sde-dpmsolver++
  std::int64_t solver_order = 2;               ///< 1 | 2 | 3; 3 not with sde-*
  std::string solver_type = "midpoint";        ///< midpoint | heun, of order 2
  bool lower_order_final = true;   ///< with fewer than 15 steps the last is of order 1, the one before of 2
  bool euler_at_final = false;     ///< the last step is of order 1
  bool use_karras_sigmas = false;  ///< steps evenly spaced in sigma^(1/7) instead of in time
  bool use_lu_lambdas = false;     ///< steps evenly spaced in log sigma
  std::string final_sigmas_type = "zero";  ///< zero: end without noise | sigma_min: with that of time step 0
  /// Time steps whose log(signal / noise) is lower are not visited; a cosine schedule needs it in float16.
  /// Only in JSON.
  double lambda_min_clipped = -std::numeric_limits<double>::infinity();
};

/// The keys stand beside those of the schedule, as in diffusers' file.
void describe(config::Fields& fields, SolverConfig& config);

/// Throws ConfigError for an unknown value and for values that cannot work together.
void validate(const SolverConfig& config);

}  // namespace glyffuser

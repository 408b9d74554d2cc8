#pragma once
// Schedulers by name.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "glyffuser/diffusion/scheduler.hpp"

namespace glyffuser {

/// What is chosen when sampling and not stored with the model. How a DPM-Solver solves is: see
/// SchedulerConfig::solver, which a caller may change as it may timestep_spacing.
struct SchedulerOptions {
  double eta = 0.0;                          ///< of DDIM
  bool use_clipped_model_output = true;      ///< of DDIM: derive epsilon again from the clipped x_0
  std::vector<std::int64_t> timesteps = {};  ///< an own list instead of a number of steps
};

/// The short names, for help and messages: ddpm, ddim, dpmsolver, dpmsolver++, sde-dpmsolver,
/// sde-dpmsolver++, dpmsolver-sde.
std::vector<std::string> scheduler_names();

/// The short name of the class that the config names, with its algorithm_type; "ddim" for a class that is not
/// here, as every diffusers schedule can be sampled by it.
std::string scheduler_name(const SchedulerConfig& config);

/// The short name of what make_scheduler takes `name` for. Throws ConfigError if it does not know it.
std::string scheduler_name(const std::string& name, const SchedulerConfig& config);

/// Whether the class that the config names is one of them.
bool is_known_scheduler(const SchedulerConfig& config);

/// `name`: a short name, dpm++ for dpmsolver++, or diffusers' class name; of the classes,
/// DPMSolverMultistepScheduler is the only one that heeds config.solver.algorithm_type. `steps` solver steps
/// spaced by config.timestep_spacing and config.solver, or, with `steps` 0, at options.timesteps. Throws
/// ConfigError: unknown name (with a suggestion), both or neither of steps and timesteps, and as the
/// scheduler's constructor.
std::unique_ptr<Scheduler> make_scheduler(const std::string& name, const SchedulerConfig& config,
                                          std::int64_t steps, const SchedulerOptions& options = {});

}  // namespace glyffuser

#pragma once
// Schedulers by name.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "glyffuser/diffusion/scheduler.hpp"

namespace glyffuser {

/// What is chosen when sampling and not stored with the model.
struct SchedulerOptions {
  double eta = 0.0;                          ///< of DDIM
  bool use_clipped_model_output = true;      ///< of DDIM: derive epsilon again from the clipped x_0
  std::vector<std::int64_t> timesteps = {};  ///< an own list instead of a number of steps
};

/// The short names, for help and messages: "ddpm", "ddim".
std::vector<std::string> scheduler_names();

/// `name`: a short name or diffusers' class name. `steps` time steps spaced by config.timestep_spacing, or,
/// with `steps` 0, options.timesteps. Throws ConfigError: unknown name (with a suggestion), both or neither
/// of steps and timesteps, and as the scheduler's constructor.
std::unique_ptr<Scheduler> make_scheduler(const std::string& name, const SchedulerConfig& config,
                                          std::int64_t steps, const SchedulerOptions& options = {});

}  // namespace glyffuser

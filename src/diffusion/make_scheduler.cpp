#include "glyffuser/diffusion/make_scheduler.hpp"

#include <algorithm>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/ddim.hpp"
#include "glyffuser/diffusion/ddpm.hpp"
#include "glyffuser/diffusion/dpm_solver.hpp"
#include "glyffuser/diffusion/dpm_solver_sde.hpp"
#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {
namespace {

/// What is asked for: a number of steps, or options.timesteps.
struct Request {
  const SchedulerConfig& config;
  std::int64_t steps;
  const SchedulerOptions& options;

  std::vector<std::int64_t> timesteps() const {
    if (!options.timesteps.empty()) return options.timesteps;
    return spaced_timesteps(config.timestep_spacing, config.num_train_timesteps, steps, config.steps_offset);
  }
};

using Factory = std::unique_ptr<Scheduler> (*)(const Request&);

std::unique_ptr<Scheduler> make_ddpm(const Request& request) {
  return std::make_unique<DdpmScheduler>(request.config, request.timesteps());
}

std::unique_ptr<Scheduler> make_ddim(const Request& request) {
  const DdimOptions ddim{.eta = request.options.eta,
                         .use_clipped_model_output = request.options.use_clipped_model_output};
  return std::make_unique<DdimScheduler>(request.config, request.timesteps(), ddim);
}

std::unique_ptr<Scheduler> make_multistep(const Request& request) {
  const auto& list = request.options.timesteps;
  if (list.empty()) return std::make_unique<DpmSolverScheduler>(request.config, request.steps);
  return std::make_unique<DpmSolverScheduler>(request.config, list);
}

std::unique_ptr<Scheduler> make_sde(const Request& request) {
  const SchedulerConfig& config = request.config;
  const auto& list = request.options.timesteps;
  if (list.empty())
    return std::make_unique<DpmSolverSdeScheduler>(
        config, fractional_timesteps(config.timestep_spacing, config.num_train_timesteps, request.steps,
                                     config.steps_offset));
  return std::make_unique<DpmSolverSdeScheduler>(config, std::vector<double>(list.begin(), list.end()));
}

struct Entry {
  const char* name;
  const char* class_name;
  Factory make;
};

// The short names of the multistep solver are its algorithm_types.
constexpr Entry kSchedulers[] = {{"ddpm", kDdpmScheduler, make_ddpm},
                                 {"ddim", kDdimScheduler, make_ddim},
                                 {"dpmsolver", kMultistepScheduler, make_multistep},
                                 {"dpmsolver++", kMultistepScheduler, make_multistep},
                                 {"sde-dpmsolver", kMultistepScheduler, make_multistep},
                                 {"sde-dpmsolver++", kMultistepScheduler, make_multistep},
                                 {"dpmsolver-sde", kSdeScheduler, make_sde}};

/// A class name as the short name of what the config makes of it; others as they are.
std::string short_name(const std::string& name, const SchedulerConfig& config) {
  if (name == "dpm++") return "dpmsolver++";
  if (name == kMultistepScheduler) return config.solver.algorithm_type;
  for (const Entry& entry : kSchedulers)
    if (name == entry.class_name) return entry.name;
  return name;
}

const Entry& find_scheduler(const std::string& name) {
  for (const Entry& entry : kSchedulers)
    if (name == entry.name) return entry;
  throw ConfigError(cat("scheduler is ", name, ", expected one of: ", join(scheduler_names(), ", "),
                        suggestion(lower(name), scheduler_names())));
}

}  // namespace

std::vector<std::string> scheduler_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kSchedulers) names.emplace_back(entry.name);
  return names;
}

std::string scheduler_name(const SchedulerConfig& config) {
  return is_known_scheduler(config) ? short_name(config.class_name, config) : "ddim";
}

std::string scheduler_name(const std::string& name, const SchedulerConfig& config) {
  return find_scheduler(short_name(name, config)).name;
}

bool is_known_scheduler(const SchedulerConfig& config) {
  const std::vector<std::string> names = scheduler_names();
  return std::find(names.begin(), names.end(), short_name(config.class_name, config)) != names.end();
}

std::unique_ptr<Scheduler> make_scheduler(const std::string& name, const SchedulerConfig& config,
                                          std::int64_t steps, const SchedulerOptions& options) {
  const std::string wanted = short_name(name, config);
  const Entry& entry = find_scheduler(wanted);
  if (!options.timesteps.empty() && steps != 0)
    throw ConfigError(cat("a list of time steps and ", steps, " steps were given, expected one of them"));
  SchedulerConfig chosen = config;
  if (entry.make == make_multistep) chosen.solver.algorithm_type = entry.name;
  validate_for(entry.class_name, chosen);
  return entry.make({chosen, steps, options});
}

}  // namespace glyffuser

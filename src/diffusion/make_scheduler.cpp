#include "glyffuser/diffusion/make_scheduler.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/ddim.hpp"
#include "glyffuser/diffusion/ddpm.hpp"
#include "glyffuser/diffusion/timesteps.hpp"

namespace glyffuser {
namespace {

using Factory = std::unique_ptr<Scheduler> (*)(const SchedulerConfig&, std::vector<std::int64_t>,
                                               const SchedulerOptions&);

std::unique_ptr<Scheduler> make_ddpm(const SchedulerConfig& config, std::vector<std::int64_t> timesteps,
                                     const SchedulerOptions&) {
  return std::make_unique<DdpmScheduler>(config, std::move(timesteps));
}

std::unique_ptr<Scheduler> make_ddim(const SchedulerConfig& config, std::vector<std::int64_t> timesteps,
                                     const SchedulerOptions& options) {
  const DdimOptions ddim{.eta = options.eta, .use_clipped_model_output = options.use_clipped_model_output};
  return std::make_unique<DdimScheduler>(config, std::move(timesteps), ddim);
}

struct Entry {
  const char* name;
  const char* class_name;
  Factory make;
};

constexpr Entry kSchedulers[] = {{"ddpm", "DDPMScheduler", make_ddpm}, {"ddim", "DDIMScheduler", make_ddim}};

const Entry& find_scheduler(const std::string& name) {
  for (const Entry& entry : kSchedulers) {
    if (name == entry.name || name == entry.class_name) return entry;
  }
  throw ConfigError(cat("scheduler is ", name, ", expected one of: ", join(scheduler_names(), ", "),
                        suggestion(lower(name), scheduler_names())));
}

std::vector<std::int64_t> choose_timesteps(const SchedulerConfig& config, std::int64_t steps,
                                           const SchedulerOptions& options) {
  if (options.timesteps.empty()) {
    return spaced_timesteps(config.timestep_spacing, config.num_train_timesteps, steps, config.steps_offset);
  }
  if (steps != 0)
    throw ConfigError(cat("a list of time steps and ", steps, " steps were given, expected one of them"));
  return options.timesteps;
}

}  // namespace

std::vector<std::string> scheduler_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kSchedulers) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Scheduler> make_scheduler(const std::string& name, const SchedulerConfig& config,
                                          std::int64_t steps, const SchedulerOptions& options) {
  const Entry& entry = find_scheduler(name);
  validate(config);
  return entry.make(config, choose_timesteps(config, steps, options), options);
}

}  // namespace glyffuser

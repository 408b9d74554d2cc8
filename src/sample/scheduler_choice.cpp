#include "glyffuser/sample/scheduler_choice.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"

namespace glyffuser {
namespace {

/// Puts `wanted`, if there is one, in the place of `value`.
template <class Value>
void override_setting(SchedulerChoice& choice, const char* key, const std::optional<Value>& wanted,
                      Value& value) {
  if (!wanted || *wanted == value) return;
  value = *wanted;
  if constexpr (std::is_same_v<Value, bool>)
    choice.settings.emplace_back(key, value ? "true" : "false");
  else
    choice.settings.emplace_back(key, cat(value));
}

void override_training(SchedulerChoice& choice, const char* key, const std::optional<std::string>& wanted,
                       std::string& value) {
  if (wanted && *wanted != value)
    log::warning(cat("sample.", key, " is ", *wanted, ", the model was trained with ", value));
  override_setting(choice, key, wanted, value);
}

/// Else pictures would say of themselves what had no part in them.
void check_heeded(const SampleConfig& config, const std::string& name) {
  const auto expect = [&](const char* key, bool given, bool heeded, const char* others) {
    if (given && !heeded)
      throw ConfigError(cat("`sample.", key, "` is given, which the scheduler ", name,
                            " does not look at, expected --scheduler ", others, " with it"));
  };
  const bool multistep = name != "ddim" && name != "ddpm" && name != "dpmsolver-sde";
  const char* solvers = "dpmsolver++ or another DPM-Solver but dpmsolver-sde";
  expect("eta", config.eta != 0, name == "ddim", "ddim");
  expect("solver_order", config.solver_order.has_value(), multistep, solvers);
  expect("solver_type", config.solver_type.has_value(), multistep, solvers);
  expect("final_sigmas_type", config.final_sigmas_type.has_value(), multistep, solvers);
  expect("use_karras_sigmas", config.use_karras_sigmas.has_value(), multistep || name == "dpmsolver-sde",
         "dpmsolver++ or another DPM-Solver");
}

}  // namespace

SchedulerChoice choose_scheduler(const SampleConfig& config, const SchedulerConfig& trained) {
  SchedulerChoice choice{
      .name = config.scheduler.empty() ? scheduler_name(trained) : scheduler_name(config.scheduler, trained),
      .config = trained,
      .settings = {}};
  check_heeded(config, choice.name);
  if (config.scheduler.empty() && !is_known_scheduler(trained))
    log::warning(cat("the model's folder asks for ", trained.class_name, ", which is not here: drawing with ",
                     choice.name, ", expected --scheduler to choose another"));
  if (config.beta_schedule && !trained.trained_betas.empty())
    throw ConfigError(cat("`sample.beta_schedule` is ", *config.beta_schedule,
                          ", expected none: the model's folder has trained_betas, betas of its own"));
  override_training(choice, "beta_schedule", config.beta_schedule, choice.config.beta_schedule);
  override_training(choice, "prediction_type", config.prediction_type, choice.config.prediction_type);
  SolverConfig& solver = choice.config.solver;
  override_setting(choice, "solver_order", config.solver_order, solver.solver_order);
  override_setting(choice, "solver_type", config.solver_type, solver.solver_type);
  override_setting(choice, "final_sigmas_type", config.final_sigmas_type, solver.final_sigmas_type);
  override_setting(choice, "use_karras_sigmas", config.use_karras_sigmas, solver.use_karras_sigmas);
  if (config.timestep_spacing != trained.timestep_spacing)
    log::info(cat("time steps are spaced ", config.timestep_spacing, ", the model's folder says ",
                  trained.timestep_spacing, " (sample.timestep_spacing)"));
  choice.config.timestep_spacing = config.timestep_spacing;
  return choice;
}

}  // namespace glyffuser

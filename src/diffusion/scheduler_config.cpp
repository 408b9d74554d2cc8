#include "glyffuser/diffusion/scheduler_config.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <type_traits>

#include "glyffuser/config/checks.hpp"
#include "glyffuser/config/json.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using config::require;
using config::require_choice;
using nlohmann::json;

/// The classes that files can be written for.
const config::Choices kClasses{kDdpmScheduler, kDdimScheduler, kMultistepScheduler};
const config::Choices kVarianceTypes{"fixed_small", "fixed_large"};

/// What diffusers' class takes for a key that is not in the file.
SchedulerConfig diffusers_defaults(const std::string& class_name) {
  SchedulerConfig config;
  config.class_name = class_name;
  config.beta_schedule = "linear";
  config.prediction_type = "epsilon";
  config.timestep_spacing =
      class_name == kMultistepScheduler || class_name == kSdeScheduler ? "linspace" : "leading";
  config.sample_max_value = 1.0;
  if (class_name == kSdeScheduler) {
    config.beta_start = 0.00085;
    config.beta_end = 0.012;
  }
  return config;
}

constexpr std::int64_t kMostTimesteps = 100'000;  // tables have a row for each

/// Calls visit(key, member) for every key that all classes share.
template <class Config, class Visit>
void for_common_keys(Config& config, Visit visit) {
  visit("num_train_timesteps", config.num_train_timesteps);
  visit("beta_schedule", config.beta_schedule);
  visit("beta_start", config.beta_start);
  visit("beta_end", config.beta_end);
  visit("trained_betas", config.trained_betas);
  visit("rescale_betas_zero_snr", config.rescale_betas_zero_snr);
  visit("prediction_type", config.prediction_type);
  visit("timestep_spacing", config.timestep_spacing);
  visit("steps_offset", config.steps_offset);
  visit("thresholding", config.thresholding);
  visit("dynamic_thresholding_ratio", config.dynamic_thresholding_ratio);
  visit("sample_max_value", config.sample_max_value);
}

/// Calls visit(key, member) for those of DDPM and DDIM.
template <class Config, class Visit>
void for_clip_keys(Config& config, Visit visit) {
  visit("clip_sample", config.clip_sample);
  visit("clip_sample_range", config.clip_sample_range);
}

/// Calls visit(key, member) for every key of the DPM-Solvers but lambda_min_clipped.
template <class Config, class Visit>
void for_solver_keys(Config& config, Visit visit) {
  visit("algorithm_type", config.algorithm_type);
  visit("solver_order", config.solver_order);
  visit("solver_type", config.solver_type);
  visit("lower_order_final", config.lower_order_final);
  visit("euler_at_final", config.euler_at_final);
  visit("use_karras_sigmas", config.use_karras_sigmas);
  visit("use_lu_lambdas", config.use_lu_lambdas);
  visit("final_sigmas_type", config.final_sigmas_type);
}

/// Other multistep schedulers of diffusers share these keys; it reads their values so (convertible configs).
void translate_related_solvers(SolverConfig& config) {
  for (const char* other : {"deis", "data_prediction"})
    if (config.algorithm_type == other) config.algorithm_type = "dpmsolver++";
  if (config.algorithm_type == "noise_prediction") config.algorithm_type = "dpmsolver";
  for (const char* other : {"logrho", "bh1", "bh2"})
    if (config.solver_type == other) config.solver_type = "midpoint";
}

/// The length of a number at the beginning of `text` that JSON does not have; 0 if there is none.
std::size_t infinity_at(std::string_view text) {
  for (const std::string_view number : {"-Infinity", "Infinity", "NaN"})
    if (text.starts_with(number)) return number.size();
  return 0;
}

/// Python writes infinities into JSON, as diffusers does for lambda_min_clipped; they are read as null.
std::string without_infinities(std::string_view text) {
  std::string cleaned;
  for (bool quoted = false; !text.empty();) {
    std::size_t taken = quoted && text.starts_with('\\') ? std::min<std::size_t>(2, text.size()) : 1;
    if (text.front() == '"') quoted = !quoted;
    const std::size_t infinity = quoted ? 0 : infinity_at(text);
    cleaned += infinity > 0 ? "null" : text.substr(0, taken);
    text.remove_prefix(std::max(taken, infinity));
  }
  return cleaned;
}

/// Leaves `value` as it is if the key is absent or null.
template <class Value>
void read_value(const json& document, const char* key, Value& value) {
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return;
  try {
    // nlohmann would cut 10.5 down to 10.
    const bool cut = std::is_same_v<Value, std::int64_t> && !found->is_number_integer();
    require(!cut, cat(key, " is ", found->dump(), ", expected a whole number"));
    found->get_to(value);
  } catch (const json::exception&) {
    throw ConfigError(cat(key, " is ", found->dump(), ", which is not of its type"));
  }
}

SchedulerConfig parse(const json& document) {
  const auto read = [&](const char* key, auto& value) { read_value(document, key, value); };
  require(document.is_object(), "expected a JSON object");
  std::string class_name = kDdimScheduler;
  read("_class_name", class_name);
  SchedulerConfig config = diffusers_defaults(class_name);
  require(document.contains("beta_schedule") || document.contains("trained_betas"),
          cat("a ", config.class_name, " without beta_schedule, which is not supported"));
  std::vector<const char*> unsupported{"use_flow_sigmas"};
  if (class_name == kMultistepScheduler || class_name == kSdeScheduler)
    unsupported.insert(unsupported.end(), {"use_exponential_sigmas", "use_beta_sigmas"});
  for (const char* key : unsupported) {
    bool wanted = false;
    read(key, wanted);
    require(!wanted, cat(key, " is true, which is not supported"));
  }
  for_common_keys(config, read);
  for_clip_keys(config, read);
  for_solver_keys(config.solver, read);
  read("lambda_min_clipped", config.solver.lambda_min_clipped);
  translate_related_solvers(config.solver);
  read("set_alpha_to_one", config.set_alpha_to_one);
  // Other schedulers have this key too, with values that mean nothing to them or to us.
  if (config.class_name == kDdpmScheduler) read("variance_type", config.variance_type);
  return config;
}

}  // namespace

void describe(config::Fields& fields, SchedulerConfig& config) {
  fields.field("_class_name", config.class_name, kClasses);
  fields.field("num_train_timesteps", config.num_train_timesteps,
               config::between<std::int64_t>(1, kMostTimesteps));
  fields.field("beta_schedule", config.beta_schedule, kBetaSchedules);
  fields.field("beta_start", config.beta_start, config::above(0.0));
  fields.field("beta_end", config.beta_end, config::above(0.0));
  fields.field("rescale_betas_zero_snr", config.rescale_betas_zero_snr);
  fields.field("prediction_type", config.prediction_type, kPredictionTypes);
  fields.field("timestep_spacing", config.timestep_spacing, kTimestepSpacings);
  fields.field("steps_offset", config.steps_offset, config::at_least<std::int64_t>(0));
  fields.field("set_alpha_to_one", config.set_alpha_to_one);
  fields.field("variance_type", config.variance_type, kVarianceTypes);
  fields.field("clip_sample", config.clip_sample);
  fields.field("clip_sample_range", config.clip_sample_range, config::above(0.0));
  fields.field("thresholding", config.thresholding);
  fields.field("dynamic_thresholding_ratio", config.dynamic_thresholding_ratio, config::between(0.0, 1.0));
  fields.field("sample_max_value", config.sample_max_value, config::at_least(1.0));
  describe(fields, config.solver);
}

SchedulerConfig without_clip(SchedulerConfig config) {
  config.clip_sample = false;
  return config;
}

void validate_schedule(const SchedulerConfig& config) {
  require(config.num_train_timesteps >= 1 && config.num_train_timesteps <= kMostTimesteps,
          cat("num_train_timesteps is ", config.num_train_timesteps, ", expected at least 1 and at most ",
              kMostTimesteps));
  require_choice("beta_schedule", config.beta_schedule, kBetaSchedules);
  require_choice("prediction_type", config.prediction_type, kPredictionTypes);
  require_choice("timestep_spacing", config.timestep_spacing, kTimestepSpacings);
  require(config.trained_betas.empty() ||
              config.trained_betas.size() == static_cast<std::size_t>(config.num_train_timesteps),
          cat("trained_betas has ", config.trained_betas.size(),
              " values, expected num_train_timesteps = ", config.num_train_timesteps));
  require(config.steps_offset >= 0 && config.steps_offset <= kMostTimesteps,
          cat("steps_offset is ", config.steps_offset, ", expected at least 0 and at most ", kMostTimesteps));
  require(config.clip_sample_range > 0,
          cat("clip_sample_range is ", config.clip_sample_range, ", expected more than 0"));
  require(config.dynamic_thresholding_ratio >= 0 && config.dynamic_thresholding_ratio <= 1,
          cat("dynamic_thresholding_ratio is ", config.dynamic_thresholding_ratio, ", expected 0 to 1"));
  require(!config.thresholding || config.sample_max_value >= 1,
          cat("sample_max_value is ", config.sample_max_value, ", expected at least 1 with thresholding"));
  require(!config.rescale_betas_zero_snr || config.prediction_type != "epsilon",
          "rescale_betas_zero_snr with prediction_type epsilon divides by zero at the last time step, "
          "expected v_prediction or sample");
  require(!config.rescale_betas_zero_snr || config.num_train_timesteps >= 2,
          "rescale_betas_zero_snr needs num_train_timesteps of at least 2");
}

void validate(const SchedulerConfig& config) {
  validate_schedule(config);
  require_choice("variance_type", config.variance_type, kVarianceTypes);
  validate(config.solver);
}

void validate_for(const std::string& class_name, const SchedulerConfig& config) {
  validate_schedule(config);
  if (class_name == kDdpmScheduler) require_choice("variance_type", config.variance_type, kVarianceTypes);
  if (class_name == kMultistepScheduler) validate(config.solver);
}

SchedulerConfig read_scheduler_config(const std::filesystem::path& file) {
  const std::string text = without_infinities(read_file(file));
  config::json_object(text, file.string());
  const json document = json::parse(text);
  try {
    SchedulerConfig config = parse(document);
    validate_schedule(config);
    return config;
  } catch (const ConfigError& error) {
    throw FileError(cat(file.string(), ": ", error.what()));
  }
}

namespace {

/// The keys that only some classes have and that the others keep for them.
json class_keys(const SchedulerConfig& config) {
  json keys = {{"set_alpha_to_one", config.set_alpha_to_one}};
  const auto write = [&](const char* key, const auto& value) { keys[key] = value; };
  for_clip_keys(config, write);
  for_solver_keys(config.solver, write);
  return keys;
}

}  // namespace

void write_scheduler_config(const std::filesystem::path& file, const SchedulerConfig& config) {
  require_choice("_class_name", config.class_name, kClasses);
  json document{{"_class_name", config.class_name}};
  const auto write = [&](const char* key, const auto& value) { document[key] = value; };
  for_common_keys(config, write);
  if (config.trained_betas.empty()) document["trained_betas"] = nullptr;
  if (config.class_name == kMultistepScheduler) {
    for_solver_keys(config.solver, write);
    // JSON has no infinity, and diffusers cannot use null here: without the key it takes -infinity.
    if (std::isfinite(config.solver.lambda_min_clipped))
      write("lambda_min_clipped", config.solver.lambda_min_clipped);
  } else {
    for_clip_keys(config, write);
    if (config.class_name == kDdpmScheduler) write("variance_type", config.variance_type);
    if (config.class_name == kDdimScheduler) write("set_alpha_to_one", config.set_alpha_to_one);
  }
  // What was trained with counts for any scheduler that the model is drawn with later; diffusers hands such
  // keys on too, from one scheduler's config to the next.
  const json keys = class_keys(config), usual = class_keys(diffusers_defaults(config.class_name));
  for (const auto& [key, value] : keys.items())
    if (value != usual[key]) document[key] = value;
  write_file_atomically(file, document.dump(2) + "\n");
}

}  // namespace glyffuser

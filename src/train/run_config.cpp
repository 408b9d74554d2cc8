#include "glyffuser/train/run_config.hpp"

#include <map>
#include <stdexcept>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"

namespace glyffuser {

void describe(config::Fields& fields, NetworkConfig& config) {
  fields.field("patch_size", config.patch_size, config::between<std::int64_t>(1, 64));
  describe(fields, config.unet);
}

void describe(config::Fields& fields, OutputConfig& config) {
  fields.field("dir", config.dir);
  fields.field("weights", config.weights, {"float32", "float16"});
}

void describe(config::Fields& fields, RunConfig& config) {
  fields.field("seed", config.seed, config::at_least<std::int64_t>(0));
  fields.section("output", config.output);
  fields.section("data", config.data);
  fields.section("text_encoder", config.text_encoder);
  fields.section("unet", config.network);
  fields.section("scheduler", config.scheduler);
  fields.section("loss", config.loss);
  fields.section("train", config.train);
}

namespace {

// `value` may be left at its default or be given right; anything else contradicts the other keys.
void derive(const char* key, std::int64_t& value, std::int64_t default_value, std::int64_t derived) {
  if (value != default_value && value != derived)
    throw ConfigError(cat("`unet.", key, "` is ", value, ", expected ", derived,
                          ", which follows from data.image_size and unet.patch_size"));
  value = derived;
}

void flatten(const config::Node& node, const std::string& path, std::map<std::string, std::string>& out) {
  using Kind = config::Node::Kind;
  if (node.kind == Kind::map) {
    for (const auto& [key, value] : node.entries)
      flatten(value, path.empty() ? key : cat(path, ".", key), out);
  } else if (node.kind == Kind::sequence) {
    std::vector<std::string> items;
    for (const config::Node& item : node.items) items.push_back(item.scalar);
    out[path] = cat("[", join(items, ", "), "]");
  } else {
    out[path] = node.kind == Kind::null ? "null" : node.scalar;
  }
}

bool changes_what_is_learned(const std::string& key) {
  for (const char* harmless : {"output.",
                               "sample.",
                               "umap.",
                               "data.cache",
                               "data.threads",
                               "train.preview.",
                               "train.log_every",
                               "train.checkpoint_every",
                               "train.keep_checkpoints",
                               "train.validate_every",
                               "train.validation_glyphs",
                               "train.keep_best",
                               "train.max_minutes",
                               "train.max_bad_steps",
                               "train.max_loss_factor",
                               "train.micro_batch",
                               "train.cuda_graphs",
                               "train.gradient_checkpointing",
                               "scheduler._class_name",
                               "scheduler.algorithm_type",
                               "scheduler.solver_",
                               "scheduler.lower_order_final",
                               "scheduler.euler_at_final",
                               "scheduler.use_karras_sigmas",
                               "scheduler.use_lu_lambdas",
                               "scheduler.final_sigmas_type"}) {
    if (key.rfind(harmless, 0) == 0) return false;
  }
  return true;
}

/// Else training would end at the first one.
void check_preview(const RunConfig& config) {
  const std::vector<std::string>& prompts = config.train.preview.prompts;
  if (prompts.empty())
    throw ConfigError("`train.preview.prompts` is empty, expected at least one, or `train.preview.every: 0`");
  for (const std::string& prompt : prompts) {
    try {
      decode_utf8(prompt);
    } catch (const std::invalid_argument& failure) {
      throw ConfigError(cat("`train.preview.prompts`: ", failure.what()));
    }
  }
  try {
    make_scheduler(scheduler_name(config.scheduler), config.scheduler, config.train.preview.steps);
  } catch (const ConfigError& failure) {
    throw ConfigError(cat("`train.preview.steps` is ", config.train.preview.steps, ": ", failure.what()));
  }
}

}  // namespace

void resolve(RunConfig& config) {
  const std::int64_t patch = config.network.patch_size;
  if (config.data.image_size % patch != 0)
    throw ConfigError(cat("`data.image_size` is ", config.data.image_size,
                          ", expected a multiple of `unet.patch_size` (", patch, ")"));
  UNetConfig& unet = config.network.unet;
  const UNetConfig defaults;
  derive("in_channels", unet.in_channels, defaults.in_channels, patch * patch);
  derive("out_channels", unet.out_channels, defaults.out_channels, patch * patch);
  derive("sample_size", unet.sample_size, defaults.sample_size, config.data.image_size / patch);
  validate(unet);
  const SchedulerConfig& scheduler = config.scheduler;
  validate(scheduler);
  validate(config.loss, scheduler.prediction_type);
  if (scheduler.class_name != kMultistepScheduler &&
      scheduler.solver.algorithm_type != SolverConfig{}.algorithm_type)
    throw ConfigError(cat("`scheduler.algorithm_type` is ", scheduler.solver.algorithm_type,
                          ", expected `scheduler._class_name` DPMSolverMultistepScheduler with it, not ",
                          scheduler.class_name));
  if (!scheduler.solver.algorithm_type.ends_with("++") && scheduler.solver.final_sigmas_type == "zero")
    throw ConfigError(
        cat("`scheduler.final_sigmas_type` is zero, which diffusers refuses with algorithm_type ",
            scheduler.solver.algorithm_type, ", expected sigma_min"));
  if (scheduler.class_name != kDdpmScheduler && scheduler.variance_type != SchedulerConfig{}.variance_type)
    throw ConfigError(cat("`scheduler.variance_type` is ", scheduler.variance_type,
                          ", expected `scheduler._class_name` DDPMScheduler with it, not ",
                          scheduler.class_name));
  validate(config.train);
  if (config.train.gradient_checkpointing && unet.dropout > 0)
    throw ConfigError(cat("`train.gradient_checkpointing` is true, expected `unet.dropout` 0 with it, not ",
                          shortest(unet.dropout), ": computing again would drop other values"));
  if (!config.train.preview.every.never()) check_preview(config);
  if (config.output.dir.empty())
    throw ConfigError("`output.dir` is missing, expected the folder of this run");
}

std::vector<std::string> differing_keys(const config::Node& before, const config::Node& now) {
  // A document from before a key existed means its default.
  std::map<std::string, std::string> old_values;
  flatten(config::parse_text(config::dump(RunConfig{}), "defaults"), "", old_values);
  std::map<std::string, std::string> new_values = old_values;
  flatten(before, "", old_values);
  flatten(now, "", new_values);
  std::map<std::string, std::pair<std::string, std::string>> all;
  for (const auto& [key, value] : old_values) all[key].first = value;
  for (const auto& [key, value] : new_values) all[key].second = value;
  std::vector<std::string> differing;
  for (const auto& [key, values] : all) {
    if (values.first != values.second && values.second != "auto" && changes_what_is_learned(key))
      differing.push_back(cat(key, " (", values.first, " -> ", values.second, ")"));
  }
  return differing;
}

}  // namespace glyffuser

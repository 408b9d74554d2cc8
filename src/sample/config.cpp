#include "glyffuser/sample/config.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/scheduler_config.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {
namespace {

constexpr const char* kBundledModel = "models/glyffuser";

}  // namespace

void describe(config::Fields& fields, RequestSettings& settings) {
  fields.field("negative_prompt", settings.negative_prompt);
  fields.field("num_images", settings.num_images, config::between<std::int64_t>(1, 100'000'000));
  fields.field("seed", settings.seed, config::at_least<std::int64_t>(0));
  fields.field("seeds", settings.seeds);
  fields.field("steps", settings.steps, config::between<std::int64_t>(1, 1'000'000));
  fields.field("guidance_scale", settings.guidance_scale, config::between(0.0, 100.0));
}

SeedList seed_list(const RequestSettings& settings) {
  if (!settings.seeds.empty()) return SeedList(settings.seeds);
  return {static_cast<std::uint64_t>(settings.seed), static_cast<std::uint64_t>(settings.num_images)};
}

void describe(config::Fields& fields, SampleConfig& config) {
  fields.field("model", config.model);
  fields.field("text_encoder", config.text_encoder);
  fields.field("pixel_range", config.pixel_range, config::between<std::int64_t>(-65535, 65535));
  fields.field("prompts", config.prompts);
  fields.field("prompts_file", config.prompts_file);
  describe(fields, config.request);
  fields.field("scheduler", config.scheduler);
  fields.field("eta", config.eta, config::between(0.0, 1.0));
  fields.field("solver_order", config.solver_order, config::between<std::int64_t>(1, 3));
  fields.field("solver_type", config.solver_type, kSolverTypes);
  fields.field("final_sigmas_type", config.final_sigmas_type, kFinalSigmasTypes);
  fields.field("use_karras_sigmas", config.use_karras_sigmas);
  fields.field("beta_schedule", config.beta_schedule, kBetaSchedules);
  fields.field("prediction_type", config.prediction_type, kPredictionTypes);
  fields.field("timestep_spacing", config.timestep_spacing, kTimestepSpacings);
  fields.field("guidance_rescale", config.guidance_rescale, config::between(0.0, 1.0));
  fields.field("precision", config.precision, {"fp32", "bf16", "auto"});
  fields.field("batch_size", config.batch_size, config::between<std::int64_t>(1, 100'000));
  fields.field("out", config.out);
  fields.field("grid", config.grid);
  fields.field("init", config.init);
  fields.field("strength", config.strength, config::between(0.0, 1.0));
  fields.field("keep", config.keep);
  fields.field("keep_repeats", config.keep_repeats, config::between<std::int64_t>(1, 100));
  fields.field("animation", config.animation);
  fields.field("nearest", config.nearest);
  fields.field("svg", config.svg);
  fields.field("real_glyphs", config.real_glyphs, config::between<std::int64_t>(0, 64));
  fields.field("shard", config.shard);
  fields.field("overwrite", config.overwrite);
  fields.field("json", config.json);
  fields.field("preview", config.preview);
  fields.field("preview_every", config.preview_every, config::at_least<std::int64_t>(1));
  fields.field("noise", config.noise);
  fields.field("raw", config.raw);
}

std::filesystem::path model_folder(const SampleConfig& config) {
  return config.model.empty() ? data_folder() / kBundledModel : std::filesystem::path(config.model);
}

bool is_one_picture(const SampleConfig& config) {
  return has_png_name(config.out);
}

Shard parse_shard(const std::string& text) {
  if (text.empty()) return {};
  const std::vector<std::string> parts = split(text, '/');
  const auto index = parse_number<std::uint64_t>(parts.front());
  const auto count = parse_number<std::uint64_t>(parts.back());
  if (parts.size() != 2 || !index || !count || *index >= *count)
    throw ConfigError(cat("shard is ", text, ", expected i/n with i from 0 to n-1, such as 0/4 … 3/4"));
  return {.index = *index, .count = *count};
}

}  // namespace glyffuser

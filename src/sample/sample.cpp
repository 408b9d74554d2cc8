#include "glyffuser/sample/sample.hpp"

#include <algorithm>
#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/real_glyphs.hpp"
#include "glyffuser/image/outline.hpp"
#include "glyffuser/model/describe.hpp"
#include "glyffuser/sample/job.hpp"
#include "glyffuser/sample/outputs.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace {

void check(const SampleConfig& config) {
  const bool part = parse_shard(config.shard).count > 1;
  if (part && config.must_draw())
    throw ConfigError(cat(config.raw.empty() ? "an animation" : "--raw",
                          " is asked for with a shard, which has only some of its pictures"));
  if (!config.animation.empty() && config.keep_repeats > 1)
    throw ConfigError("an animation is asked for with keep_repeats, which goes back and forth");
  if (config.svg) check_potrace();
}

/// Glyphs of characters that mean the prompt, no two alike.
std::vector<GrayImage> real_glyphs(const std::string& prompt, const Meanings& meanings,
                                   const DataConfig& data, std::size_t most) {
  std::vector<GrayImage> glyphs;
  for (const char32_t character : meanings.characters(prompt, 2 * most)) {
    GrayImage glyph = real_glyph(character, data);
    const auto same = [&](const GrayImage& other) { return other.pixels == glyph.pixels; };
    if (glyphs.size() < most && std::none_of(glyphs.begin(), glyphs.end(), same))
      glyphs.push_back(std::move(glyph));
  }
  return glyphs;
}

/// The first of them at the end of each row of the grid.
void add_real_glyphs(Sheet& sheet, const Plan& plan, const DataConfig& data, std::int64_t per_row) {
  const Meanings meanings(data);
  const auto count = static_cast<std::size_t>(per_row);
  std::size_t row = 0;
  for (const auto& [prompt, rows] : plan.rows_by_prompt()) {
    std::vector<GrayImage> glyphs = real_glyphs(prompt, meanings, data, count * rows);
    glyphs.resize(count * rows);
    for (std::size_t i = 0; i < rows; ++i, ++row) {
      const auto first = glyphs.begin() + static_cast<std::ptrdiff_t>(i * count);
      sheet.add_real(row, {first, first + per_row});
    }
  }
}

}  // namespace

void sample_pictures(const SampleConfig& config, const DataConfig& data, const torch::Device& device,
                     const Cancellation& cancelled, bool quiet, const ResultSink& result) {
  check(config);
  Requests requests(config);
  Drawer drawer(config, data, device);
  const std::int64_t size = drawer.model().info.image_size;
  const Plan plan(config, std::move(requests), drawer.model().info.conditional);
  check_outputs(config, plan);
  if (!config.noise.empty()) drawer.read_noise(config.noise, plan.size());
  std::optional<Manifest> manifest;
  if (!plan.folder().empty()) manifest.emplace(manifest_file(plan.folder(), parse_shard(config.shard)));
  std::optional<Resemblances> resemblances;
  if (config.nearest) resemblances.emplace(data, size);

  Job job(config, drawer, plan, manifest ? &*manifest : nullptr, resemblances ? &*resemblances : nullptr);
  job.run(cancelled, quiet, [&](const Picture& picture, const std::string& entry) {
    result(config.json ? entry : picture.file.string());
    if (config.svg && !config.json) result(outline_file(picture.file).string());
  });
  if (manifest) manifest->tidy();
  if (cancelled) {
    log::info("stopped; finished pictures are kept, and the same command makes the missing ones");
    return;
  }
  const auto say = [&](const std::filesystem::path& file) {
    if (!config.json) result(file.string());
  };
  if (job.sheet().wanted()) {
    if (config.real_glyphs > 0) add_real_glyphs(job.sheet(), plan, drawn_at(data, size), config.real_glyphs);
    job.sheet().write();
    say(plan.grid());
  }
  if (job.film()) {
    for (const std::filesystem::path& file : job.film()->write()) say(file);
  }
  if (!config.raw.empty()) {
    write_safetensors(config.raw, {{"images", job.raw()}});
    say(config.raw);
  }
  std::error_code ignored;
  // A shard may have no picture.
  if (manifest && std::filesystem::exists(manifest->file(), ignored)) say(manifest->file());
}

std::string describe_model(const SampleConfig& config) {
  const std::filesystem::path folder = model_folder(config);
  const ModelDescription description = describe_model(
      folder, config.text_encoder.empty() ? folder : std::filesystem::path(config.text_encoder));
  return config.json ? to_json(description) : to_text(description);
}

}  // namespace glyffuser

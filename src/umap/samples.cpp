#include "glyffuser/umap/samples.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/umap/map_model.hpp"
#include "glyffuser/umap/tiles.hpp"

namespace glyffuser {
namespace {

/// How many prompts are drawn: one, an empty one, by an unconditional model.
std::int64_t prompts_of(const UmapConfig& config, bool conditional) {
  if (!conditional) return 1;
  if (config.prompts.empty())
    throw ConfigError(cat("`umap.prompts` is empty, expected prompts for the model ", config.model));
  return static_cast<std::int64_t>(config.prompts.size());
}

TextStates encoded_prompts(const UmapConfig& config, const TextEncoderConfig& encoder, const Model& model,
                           const torch::Device& device) {
  std::vector<std::string> texts = config.prompts;
  texts.emplace_back();  // for guidance
  return encode_for(model, texts, config, encoder, device);
}

constexpr std::int64_t kAtOnce = 16;  // pictures: what a batch takes does not grow with their number

using SeedRange = std::pair<std::int64_t, std::int64_t>;  // first and count

std::vector<SeedRange> parts_of(std::int64_t pictures) {
  std::vector<SeedRange> parts;
  for (std::int64_t first = 0; first < pictures; first += kAtOnce)
    parts.emplace_back(first, std::min(kAtOnce, pictures - first));
  return parts;
}

std::vector<std::uint64_t> seeds_from(std::uint64_t first, std::int64_t count) {
  std::vector<std::uint64_t> seeds(static_cast<std::size_t>(count));
  std::iota(seeds.begin(), seeds.end(), first);
  return seeds;
}

}  // namespace

void check_samples(const UmapConfig& config, bool conditional) {
  const std::int64_t samples =
      static_cast<std::int64_t>(config.steps.size()) * prompts_of(config, conditional) * config.num_images;
  const std::int64_t most = tiles_per_page(config.tile_size);
  if (samples > most)
    throw ConfigError(cat("umap.steps, umap.prompts and umap.num_images ask for ", samples,
                          " samples, expected at most ", most, ", which fit on one page of tiles"));
}

Samples draw_samples(const UmapConfig& config, const TextEncoderConfig& encoder, std::int64_t image_size,
                     std::uint64_t seed, const torch::Device& device, const ShareSink& progress) {
  const Model model = load_map_model(config, image_size, device);
  check_samples(config, model.info.conditional);
  const std::int64_t prompts = prompts_of(config, model.info.conditional);
  TextStates texts;
  if (model.info.conditional) texts = encoded_prompts(config, encoder, model, device);
  const std::vector<SeedRange> parts = parts_of(config.num_images);
  std::vector<torch::Tensor> pictures;
  std::int64_t done = 0, all = 0;
  for (const std::int64_t steps : config.steps)
    all += steps * prompts * static_cast<std::int64_t>(parts.size());
  const auto step_done = [&](const SamplingStep&) {
    if (progress) progress(static_cast<double>(++done) / static_cast<double>(all));
    return true;
  };
  for (const std::int64_t steps : config.steps) {
    SchedulerConfig schedule = model.scheduler;
    schedule.timestep_spacing = "trailing";
    const auto scheduler = make_scheduler("ddim", schedule, steps);
    for (std::int64_t prompt = 0; prompt < prompts; ++prompt) {
      for (const auto& [first, count] : parts) {
        ImageGenerators generators(seeds_from(seed + static_cast<std::uint64_t>(first), count));
        const torch::Tensor noise = generators.normal({1, image_size, image_size});
        const Conditioning conditioning{texts.repeated(prompt, count), texts.repeated(prompts, count)};
        pictures.push_back(draw(model, conditioning, {.scale = config.guidance_scale}, *scheduler, noise,
                                generators, step_done));
      }
    }
  }
  return {torch::cat(pictures).clone(),  // out of inference mode
          texts.states.defined() ? config.prompts : std::vector<std::string>{}};
}

}  // namespace glyffuser

#include "glyffuser/umap/config.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

void describe(config::Fields& fields, UmapConfig& config) {
  constexpr std::int64_t kLastTimestep = 999;
  fields.field("out", config.out);
  fields.field("features", config.features, {"pca", "pixels", "unet", "text"});
  fields.field("components", config.components, config::between<std::int64_t>(2, 1024));
  fields.field("feature_timestep", config.feature_timestep, config::between<std::int64_t>(0, kLastTimestep));
  fields.field("n_neighbors", config.n_neighbors, config::between<std::int64_t>(2, 200));
  fields.field("min_dist", config.min_dist, config::between(0.0, 0.99));
  fields.field("epochs", config.epochs, config::between<std::int64_t>(1, 100'000));
  fields.field("queries", config.queries, config::between<std::int64_t>(10, 1'000'000));
  fields.field("timesteps", config.timesteps, config::between<std::int64_t>(0, kLastTimestep));
  fields.field("bandwidth", config.bandwidth, config::between(0.01, 10.0));
  fields.field("score_epsilon", config.score_epsilon, config::between(0.0, 1.0));
  fields.field("noised_glyphs", config.noised_glyphs, config::between<std::int64_t>(0, 10'000));
  fields.field("tile_size", config.tile_size, config::between<std::int64_t>(8, 256));
  fields.field("model", config.model);
  fields.field("prompts", config.prompts);
  fields.field("steps", config.steps, config::between<std::int64_t>(1, 1000));
  fields.field("num_images", config.num_images, config::between<std::int64_t>(1, 1000));
  fields.field("guidance_scale", config.guidance_scale, config::between(0.0, 100.0));
  fields.field("unihan", config.unihan);
  fields.field("radicals", config.radicals);
  fields.field("layouts", config.layouts);
}

void validate(const UmapConfig& config) {
  constexpr std::int64_t kTilePixels = 4;  // in a byte of the page's glyphs
  if (config.tile_size % kTilePixels != 0)
    throw ConfigError(cat("`umap.tile_size` is ", config.tile_size, ", expected a multiple of ", kTilePixels,
                          ", as the page packs pixels"));
  if (config.timesteps.empty())
    throw ConfigError("`umap.timesteps` is empty, expected at least one, such as 0 for the map alone");
  if (!config.model.empty() && config.steps.empty())
    throw ConfigError(
        cat("`umap.steps` is empty, expected at least one number for the model ", config.model));
}

}  // namespace glyffuser

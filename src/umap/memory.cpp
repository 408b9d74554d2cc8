#include "glyffuser/umap/memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/umap/picture_layers.hpp"
#include "glyffuser/umap/tiles.hpp"

namespace glyffuser {
namespace {

/// Of the pictures that are measured in the space of pixels, all at once: float32, five copies with those on
/// the way.
std::int64_t measured_bytes(std::int64_t count, std::int64_t area, const UmapConfig& config) {
  std::int64_t pictures = std::min(count, LayerOptions{}.real_glyphs);
  for (const std::int64_t timestep : config.timesteps)
    if (timestep > 0) pictures += std::min(count, config.noised_glyphs);
  if (!config.model.empty()) {
    const auto prompts = static_cast<std::int64_t>(std::max<std::size_t>(1, config.prompts.size()));
    const std::int64_t samples = static_cast<std::int64_t>(config.steps.size()) * prompts * config.num_images;
    pictures += std::min(samples, tiles_per_page(config.tile_size));
  }
  return 5 * 4 * area * pictures;
}

}  // namespace

std::uint64_t map_bytes(std::int64_t count, std::int64_t image_size, const UmapConfig& config) {
  const std::int64_t area = image_size * image_size;
  const std::int64_t dimensions = config.features == "pixels" ? area : 1024;
  const std::int64_t ink = area;
  const std::int64_t features = 3 * 4 * (1024 + dimensions);  // with the centred copies
  const std::int64_t graph = 100 * config.n_neighbors;        // both directions, and when each edge is due
  const std::int64_t density = 6 * 8 * 160;                   // kernels along the two axes
  const std::int64_t quality = 6 * 8 * 100;                   // distances and ranks of a block of queries
  const std::int64_t page = 8 * config.tile_size * config.tile_size / 4 + 4096;
  constexpr std::uint64_t kFixed = 400'000'000;  // LibTorch, blocks of distances
  return kFixed + static_cast<std::uint64_t>(count * (ink + features + graph + density + quality + page) +
                                             measured_bytes(count, area, config));
}

std::int64_t announced_pictures(const DataConfig& config) {
  if (!config.folder) return 0;
  std::ifstream file(std::filesystem::path(*config.folder) / "metadata.jsonl");
  std::int64_t lines = 0;
  for (std::string line; std::getline(file, line);) lines += !line.empty();
  return std::min(lines, config.max_glyphs.value_or(lines));
}

void require_memory(std::uint64_t needed, std::uint64_t available, std::int64_t count) {
  if (available > 0 && needed > available)
    throw RunError(cat("a map of ", count, " pictures needs ", human_bytes(needed), " of memory, ",
                       human_bytes(available), " are free; expected a smaller data.max_glyphs"));
}

}  // namespace glyffuser

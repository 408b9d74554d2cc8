#pragma once
// The interactive page: its data as JSON, its glyphs as tiles, and the template that shows them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/umap/characters.hpp"
#include "glyffuser/umap/lobes.hpp"
#include "glyffuser/umap/picture_layers.hpp"
#include "glyffuser/umap/plane.hpp"
#include "glyffuser/umap/quality.hpp"
#include "glyffuser/umap/tiles.hpp"

namespace glyffuser {

/// How the map came about, for the page's foot and umap_metrics.json.
struct MapMetrics {
  Quality quality;
  std::string features;  ///< in words
  std::int64_t n_neighbors = 0;
  double min_dist = 0;
  std::string initialisation;
  std::int64_t components = 0;  ///< of the graph of neighbours
  std::int64_t epochs = 0;
  std::int64_t seed = 0;
  std::vector<std::pair<std::string, double>> seconds;  ///< per stage; left out of the page
};

/// Everything the page shows. Tensors and sets outlive it.
struct MapData {
  std::string title;
  const GlyphSet* glyphs = nullptr;
  torch::Tensor places;  ///< float32 [N,2]
  CharacterFacts facts;
  std::vector<Lobe> lobes;
  Plane plane;
  PictureLayers layers;
  std::vector<std::int64_t> sample_steps;
  std::vector<std::string> prompts;
  MapMetrics metrics;
};

/// Keys, units and shapes are those of src/umap/page_data.md.
std::string page_json(const MapData& data, const TilePages& tiles, const TilePages& sample_tiles);

/// The metrics with versions and, unlike on the page, seconds and numbers of glyphs.
std::string metrics_json(const MapData& data);

/// The template with the data in place of `{{data}}`. Equal input gives equal bytes. Throws std::logic_error
/// if the template has no such mark.
std::string make_page(std::string_view page, const std::string& json, const TilePages& tiles,
                      const TilePages& sample_tiles);

}  // namespace glyffuser

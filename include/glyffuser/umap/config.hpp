#pragma once
// The keys of the `umap` section: how the map of the data set is made and what is shown on it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"

namespace glyffuser {

struct UmapConfig {
  std::string out = "umap";            ///< folder of the results
  std::string features = "pca";        ///< what distances are taken between: pca | pixels | unet | text
  std::int64_t components = 100;       ///< of pca
  std::int64_t feature_timestep = 0;   ///< of unet: the time step its middle block is told
  std::int64_t n_neighbors = 15;       ///< of each glyph, without itself
  double min_dist = 0.1;               ///< on the map, between glyphs that are close
  std::optional<std::int64_t> epochs;  ///< of the layout; by the number of glyphs if not given
  std::int64_t queries = 1000;         ///< glyphs that the figures of merit are measured on
  std::vector<std::int64_t> timesteps = {0, 75, 150, 225, 350};  ///< of the plane's and the glyphs' noise
  std::optional<double> bandwidth;   ///< of the density, in standard deviations of the map; default: Scott's
  double score_epsilon = 0;          ///< added to the density before its logarithm; 0: the true score
  std::int64_t noised_glyphs = 100;  ///< really noised glyphs shown at each time step; 0: none
  std::int64_t tile_size = 64;       ///< pixels a side of the page's glyphs

  std::string model;  ///< model folder whose samples are shown; empty: none
  std::vector<std::string> prompts = {"gold", "water", "to speak", "bird"};
  std::vector<std::int64_t> steps = {1, 2, 5, 20, 50, 120};  ///< denoising steps of the samples
  std::int64_t num_images = 4;                               ///< samples per prompt and number of steps
  double guidance_scale = 3;                                 ///< 1: off

  /// Unihan's kRSUnicode and kTotalStrokes, plain or .bz2, and the radicals' characters (Unicode Standard
  /// Annex 44, CJKRadicals.txt). Without the default files radicals and strokes are unknown.
  std::optional<std::string> unihan;
  std::optional<std::string> radicals;
  /// A table of lines CHARACTER<TAB>LAYOUT, such as `明<TAB>⿰ side by side`; empty: unknown.
  std::string layouts;
};

void describe(config::Fields& fields, UmapConfig& config);

/// Throws ConfigError: a tile_size that is no multiple of 4, no timesteps, a model without steps.
void validate(const UmapConfig& config);

}  // namespace glyffuser

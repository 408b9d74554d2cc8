#pragma once
// Real pictures put into the map: noised glyphs and a model's samples, with their distances from the data in
// the full space of pixels, which the map itself cannot show.

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "glyffuser/image/drawing.hpp"
#include "glyffuser/umap/features.hpp"

namespace glyffuser {

struct MapPoint {
  Point at;
  std::int64_t source = 0;  ///< the glyph that was noised, or the place of the sample's tile
  bool off = false;         ///< farther from every training glyph than 99 % of these from each other
};

/// Points that share a time step, or a number of denoising steps.
struct PictureGroup {
  std::int64_t number = 0;
  std::vector<MapPoint> points;
};

/// Quantiles 5, 25, 50, 75 and 95 % of the distances of a group of pictures, in units of the median distance
/// of a real glyph from its nearest neighbour with another picture.
struct DistanceRow {
  std::string group;  ///< real, noised or generated
  std::string name;
  std::array<double, 5> to_mean{};
  std::array<double, 5> to_nearest{};
};

struct PictureLayers {
  std::vector<PictureGroup> noised;
  std::vector<PictureGroup> samples;
  torch::Tensor sample_ink;            ///< uint8 [M,S,S], 255 full ink; undefined without samples
  std::vector<DistanceRow> distances;  ///< none if the unit is 0
  double unit = 0;  ///< the median distance of real glyphs' nearest neighbours, in units of -1 … 1 pixels

  bool empty() const { return noised.empty() && samples.empty(); }
};

/// What to put into the map.
struct LayerOptions {
  std::vector<std::int64_t> timesteps;  ///< of the linear schedule 1e-4 … 0.02; 0 is left out
  std::int64_t noised_glyphs = 100;     ///< at each of them, drawn from the training glyphs
  std::int64_t real_glyphs = 500;       ///< that the typical distances are measured on
  std::int64_t n_neighbors = 15;
  std::uint64_t seed = 0;
  std::vector<std::int64_t> sample_steps;  ///< of the samples, which come in as many equal groups
};

/// `samples`: float [M,1,S,S] in the order of sample_steps, or undefined. Places are empty where features do
/// not come from pictures; distances are there all the same, unless hardly any two pictures differ. Nothing
/// at all for fewer than two training glyphs. Throws what `progress` throws.
PictureLayers make_picture_layers(const GlyphSet& glyphs, const FeatureSpace& features,
                                  const torch::Tensor& places, const torch::Tensor& samples,
                                  const LayerOptions& options, const ShareSink& progress = {});

}  // namespace glyffuser

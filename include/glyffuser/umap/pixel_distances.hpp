#pragma once
// How far pictures are from the data in the full space of pixels, where, other than on the map, a picture can
// be far from everything.

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

struct PixelDistances {
  torch::Tensor to_mean;     ///< float32 [M], from the mean of the training glyphs
  torch::Tensor to_nearest;  ///< float32 [M], from the nearest training glyph; infinite if none counts
};

/// Euclidean distances of pictures float [M,1,S,S]. `own` has one glyph per picture that, like all with the
/// same picture, does not count as its neighbour, or -1. Glyphs are worked on in blocks of 64 MB. M >= 1, and
/// at least two training glyphs.
PixelDistances pixel_distances(const GlyphSet& glyphs, const torch::Tensor& pictures,
                               const std::vector<std::int64_t>& own, const ShareSink& progress = {});

}  // namespace glyffuser

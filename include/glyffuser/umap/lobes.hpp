#pragma once
// Where the two large parts of the article's map lie: glyphs of parts side by side, and of parts stacked.

#include <torch/types.h>

#include <string>
#include <vector>

#include "glyffuser/image/drawing.hpp"
#include "glyffuser/umap/characters.hpp"

namespace glyffuser {

struct Lobe {
  Point at;  ///< on the map, where its glyphs are densest
  std::string text;
};

/// How clearly a glyph falls apart from left to right rather than from top to bottom: from -1 (stacked) to 1
/// (side by side), the difference of the deepest gaps in its columns and rows. float32 [N] of pooled ink,
/// float [N,P*P].
torch::Tensor side_by_side(const torch::Tensor& pooled_pixels);

/// Both lobes, from the layouts whose names begin with U+2FF0 and U+2FF1 if there are at least 20 of each,
/// else from the quarters of the glyphs with the clearest gaps, if most glyphs are Han characters. None for
/// fewer than 100 glyphs, or where the two are not at least one standard deviation of the map apart.
std::vector<Lobe> find_lobes(const torch::Tensor& pooled_pixels, const torch::Tensor& places,
                             const CharacterFacts& facts);

}  // namespace glyffuser

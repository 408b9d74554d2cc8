#pragma once
// The map as tables for other programs.

#include <torch/types.h>

#include <string>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/umap/characters.hpp"

namespace glyffuser {

/// RFC 4180 with a header line, one record per glyph: code_point ("U+660E", or nothing), x, y, radical (its
/// number, or nothing), layout, definition, split ("training" or "held out"), file_name (of a folder's
/// picture, or nothing). places float32 [N,2].
std::string map_csv(const GlyphSet& glyphs, const CharacterFacts& facts, const torch::Tensor& places);

/// A matrix float32 [N,M] in NumPy's format 1.0.
std::string npy(const torch::Tensor& matrix);

}  // namespace glyffuser

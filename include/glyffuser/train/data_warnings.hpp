#pragma once
// What is odd about a data set without being an error, found before the first step. (Pixels outside −1…1 are
// not among it: a glyph set holds eight bits of ink a pixel, which no input can lead out of that range.)

#include <string>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/encoder/text_encoder.hpp"

namespace glyffuser {

/// One sentence each: pictures without any ink, pictures on dark paper (white on black: the model's paper is
/// white), captions that are longer than the encoder takes, and those with parts that it does not know.
/// `encoder` is null for an unconditional model.
std::vector<std::string> data_warnings(const GlyphSet& glyphs, const TextEncoder* encoder);

}  // namespace glyffuser

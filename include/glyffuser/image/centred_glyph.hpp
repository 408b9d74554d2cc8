#pragma once
// Where a glyph stands in its square picture: as in the data set of the article's original.

#include <cstdint>

#include "glyffuser/image/font.hpp"

namespace glyffuser {

/// Copies the ink of a glyph rendered at `font_size` pixels to a square of `image_size` pixels a side (row by
/// row, 0 white … 255 full ink); what lies outside is cut off.
///
/// The original (github.com/yue-here/glyffuser, its data set notebook) moves the pen by half of what the
/// text's box, from the ascender line to the lowest ink, leaves free, and up by 16 pixels, which is right for
/// Noto's ascender of 1.16 em at 100 pixels. Here that ascender is part of the rule, so that every font
/// stands alike.
void draw_centred(const GlyphBitmap& glyph, int font_size, int image_size, std::uint8_t* ink);

}  // namespace glyffuser

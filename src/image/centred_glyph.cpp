#include "glyffuser/image/centred_glyph.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {
namespace {

constexpr double kNotoAscender = 1.16;  // of Noto Sans CJK, in em

}  // namespace

void draw_centred(const GlyphBitmap& glyph, int font_size, int image_size, std::uint8_t* ink) {
  const int right = std::max(glyph.advance, glyph.left + glyph.width);
  const int below = std::max(0, glyph.height - glyph.top);  // the box reaches down to the baseline at least
  const int pen = static_cast<int>(std::floor((image_size - right) / 2.0));
  const int baseline =
      static_cast<int>(std::floor((image_size - kNotoAscender * font_size - below) / 2.0 + font_size));
  const int left = pen + glyph.left;
  const int top = baseline - glyph.top;
  const int first = std::max(0, -left);
  const int last = std::min(glyph.width, image_size - left);
  for (int row = std::max(0, -top); row < std::min(glyph.height, image_size - top); ++row) {
    const std::uint8_t* source = glyph.ink.data() + static_cast<std::ptrdiff_t>(row) * glyph.width;
    std::uint8_t* target = ink + static_cast<std::ptrdiff_t>(top + row) * image_size + left;
    for (int column = first; column < last; ++column) target[column] = source[column];
  }
}

}  // namespace glyffuser

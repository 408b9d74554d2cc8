#pragma once
// Every Han character that the font draws, defined or not, at a size for comparing.

#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/data/glyph_records.hpp"
#include "glyffuser/image/font.hpp"

namespace glyffuser {

/// Pixels a side of the reduced pictures.
constexpr std::int64_t kReducedSide = 32;

/// The ideographs of Unicode: unified ones with their extensions, compatibility ideographs and 〇; no
/// radicals, strokes or kana.
bool is_han(char32_t code_point);

/// Pictures [N,S,S] or [N,1,S,S] of ink 0 … 255 to uint8 [N,32,32]: the mean of what each pixel covers,
/// rounded.
torch::Tensor reduced(const torch::Tensor& ink);

/// The Han characters of config.font, drawn as the data are (image_size, font_size) and then reduced to 32
/// pixels a side: code points ascending, the characters themselves as captions. Of characters that are drawn
/// alike (compatibility ideographs and their unified twins) the lowest code point stands for all. From the
/// cache of glyphs where they are there. Throws FileError: font unusable, or without a Han character.
GlyphRecords load_han_glyphs(const DataConfig& config);

}  // namespace glyffuser

#pragma once
// Glyphs from a font and a file of definitions.

#include <span>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/data/glyph_records.hpp"
#include "glyffuser/image/font.hpp"

namespace glyffuser {

/// The configured face at the configured size. Throws FileError if the font cannot be used.
Font open_font(const DataConfig& config);

/// Every character that the font covers and whose definition has a meaning (text/captions.hpp), of those that
/// `characters` and `max_glyphs` allow, in ascending order of code points; the cache is not used. Throws
/// FileError: font or definitions unusable, or nothing in common; ConfigError: one of `characters` is not
/// there.
GlyphRecords render_glyphs(const DataConfig& config);

/// The font's glyphs of any characters as the data draw them: 0 white paper … 255 full ink. A character that
/// the font lacks gives its "missing" glyph. Throws FileError if the font cannot be used.
PackedPictures render_characters(std::span<const char32_t> characters, const DataConfig& config);

}  // namespace glyffuser

#pragma once
// The font's own glyphs, drawn as the data are: to set beside generated ones, and to begin drawing from.

#include <string>
#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// The same font for pictures of `image_size` pixels a side, in which its glyphs are as large as they were.
DataConfig drawn_at(DataConfig config, std::int64_t image_size);

/// One character in black on white, config.image_size pixels a side. Throws ConfigError if the font lacks it,
/// FileError if the font cannot be used.
GrayImage real_glyph(char32_t character, const DataConfig& config);

/// Characters of the font whose caption says `prompt`, as whole words in either case: those that say it at
/// once before the others, then the basic block before the rest, then by code point, which puts 水 before the
/// many with its radical; at most `limit`. The captions are those of config.definitions. Throws as
/// render_glyphs does for the definitions.
std::vector<char32_t> characters_meaning(const std::string& prompt, const DataConfig& config,
                                         std::size_t limit);

}  // namespace glyffuser

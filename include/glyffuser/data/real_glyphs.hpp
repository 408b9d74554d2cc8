#pragma once
// The font's own glyphs, drawn as the data are: to set beside generated ones, and to begin drawing from.

#include <string>
#include <utility>
#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// The same font for pictures of `image_size` pixels a side, in which its glyphs are as large as they were.
DataConfig drawn_at(DataConfig config, std::int64_t image_size);

/// One character in black on white, config.image_size pixels a side. Throws ConfigError if the font lacks it,
/// FileError if the font cannot be used.
GrayImage real_glyph(char32_t character, const DataConfig& config);

/// Which characters of the font mean what, by the captions that config.definitions gives.
class Meanings {
 public:
  /// Reads the definitions. Throws as render_glyphs does for font and definitions.
  explicit Meanings(const DataConfig& config);

  /// Characters whose caption says `prompt`, as whole words in either case: those that say it at once before
  /// the others, then the basic block before the rest, then by code point, which puts 水 before the many with
  /// its radical; at most `limit`.
  std::vector<char32_t> characters(const std::string& prompt, std::size_t limit) const;

 private:
  std::vector<std::pair<char32_t, std::string>> captions_;  // in lower case
};

}  // namespace glyffuser

#pragma once
// Which glyphs there are, and which of them are held out: the `data` section of a configuration.

#include <cstdint>
#include <optional>
#include <string>

#include "glyffuser/config/fields.hpp"

namespace glyffuser {

struct DataConfig {
  /// The font file and its face; index 2 of Noto Sans CJK is the simplified Chinese one.
  std::string font = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
  std::int64_t font_index = 2;
  /// Unihan_Readings.txt, plain or .bz2, or a table (data/unihan.hpp).
  std::string definitions = "/usr/share/unicode/Unihan_Readings.txt.bz2";
  /// Pictures with a metadata.jsonl (data/image_folder.hpp) instead of a font and definitions.
  std::optional<std::string> folder;

  std::int64_t image_size = 128;  ///< pixels a side
  std::int64_t font_size = 100;   ///< pixels per em

  /// Only these characters, in UTF-8, if given; then at most so many glyphs, evenly spread over the code
  /// points.
  std::optional<std::string> characters;
  std::optional<std::int64_t> max_glyphs;

  double held_out = 0.05;       ///< share of glyphs kept from training
  std::int64_t split_seed = 0;  ///< another seed holds out other glyphs

  /// Folder for rendered glyphs; $XDG_CACHE_HOME/glyffuser or ~/.cache/glyffuser if not given.
  std::optional<std::string> cache;
  std::int64_t threads = 0;  ///< for rendering and reading; 0: as many as the machine has
};

void describe(config::Fields& fields, DataConfig& config);

}  // namespace glyffuser

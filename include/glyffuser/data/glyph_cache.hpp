#pragma once
// Rendered glyphs in one file, so that they are ready at once the next time.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/data/glyph_records.hpp"

namespace glyffuser {

/// 64 hexadecimal digits that change with everything the rendered glyphs depend on: the bytes of the font and
/// of the definitions, sizes and subset, the rules for captions, FreeType's version. Throws FileError if one
/// of the two files cannot be read.
std::string glyph_key(const DataConfig& config);

/// `data.cache`, else $XDG_CACHE_HOME/glyffuser, else ~/.cache/glyffuser; nothing without a home (HOME).
std::optional<std::filesystem::path> cache_folder(const DataConfig& config);
/// The file for `key` in that folder.
std::optional<std::filesystem::path> glyph_cache_file(const DataConfig& config, const std::string& key);

/// What save_glyph_cache wrote under the same key, checked to the last pixel by so many threads; or nothing
/// if there is no such file or, with a warning, if it is damaged or not such a file.
std::optional<GlyphRecords> load_glyph_cache(const std::filesystem::path& file, const std::string& key,
                                             std::size_t threads);

/// Whole or not at all. Throws RunError if it cannot be written.
///
/// The file: a line of text `glyffuser-glyphs 1 KEY COUNT SIZE TEXT_BYTES SHA256` ended by '\n', then what
/// the SHA-256 is of: TEXT_BYTES of lines `CODE_POINT<TAB>PACKED_BYTES<TAB>CAPTION` (the numbers in decimal),
/// then the glyphs' PackBits (data/packbits.hpp) one after the other.
void save_glyph_cache(const std::filesystem::path& file, const std::string& key, const GlyphRecords& records);

/// The records under `key` in the configured cache, or what `render` returns, which is then put there; a
/// cache that cannot be written, or without a place, only warns. Throws what `render` throws.
GlyphRecords rendered_or_cached(const DataConfig& config, const std::string& key,
                                const std::function<GlyphRecords()>& render);

}  // namespace glyffuser

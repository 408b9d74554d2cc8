#include "glyffuser/data/rendering.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/parallel.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/evenly_spread.hpp"
#include "glyffuser/data/unihan.hpp"
#include "glyffuser/image/centred_glyph.hpp"
#include "glyffuser/image/font.hpp"
#include "glyffuser/text/captions.hpp"

namespace glyffuser {
namespace {

// Definitions cleaned, those without a meaning or without a glyph left out.
std::vector<Definition> drawable(const DataConfig& config) {
  const Font font = open_font(config);
  std::vector<Definition> kept;
  std::size_t covered = 0;
  const std::vector<Definition> defined = read_definitions(config.definitions);
  for (const auto& [code_point, text] : defined) {
    if (!font.covers(code_point)) continue;
    ++covered;
    std::string caption = clean_caption(text);
    if (!caption.empty()) kept.push_back({code_point, std::move(caption)});
  }
  if (kept.empty() && covered > 0)
    throw FileError(cat(config.definitions, ": leaves no meaning for any of its characters, of which only ",
                        "Latin letters and digits are read; definitions in English were expected"));
  if (kept.empty())
    throw FileError(cat(config.font, ": covers no character that ", config.definitions,
                        " defines; a font with Han characters was expected"));
  if (kept.size() < defined.size())
    log::info(cat("of the ", defined.size(), " characters that ", config.definitions, " defines, ",
                  defined.size() - covered, " have no glyph in the font and ", covered - kept.size(),
                  " no meaning in Latin letters"));
  return kept;
}

std::vector<Definition> only(const std::vector<Definition>& all, const DataConfig& config) {
  std::vector<char32_t> decoded;
  try {
    decoded = decode_utf8(*config.characters);
  } catch (const std::invalid_argument&) {
    throw ConfigError("data.characters is not UTF-8");
  }
  std::set<char32_t> missing(decoded.begin(), decoded.end());
  std::vector<Definition> kept;
  for (const Definition& definition : all)
    if (missing.erase(definition.code_point) > 0) kept.push_back(definition);
  if (!missing.empty())
    throw ConfigError(cat("data.characters: `", encode_utf8(*missing.begin()), "` has no meaning in ",
                          config.definitions, " or no glyph in ", config.font));
  if (kept.empty()) throw ConfigError("data.characters is empty; at least one character was expected");
  return kept;
}

}  // namespace

Font open_font(const DataConfig& config) {
  return Font(config.font, static_cast<int>(config.font_index), static_cast<int>(config.font_size));
}

GlyphRecords render_glyphs(const DataConfig& config) {
  std::vector<Definition> glyphs = drawable(config);
  if (config.characters) glyphs = only(glyphs, config);
  glyphs = evenly_spread(std::move(glyphs), config.max_glyphs);
  GlyphRecords records;
  for (Definition& glyph : glyphs) {
    records.code_points.push_back(glyph.code_point);
    records.captions.push_back(std::move(glyph.text));
  }
  records.ink = render_characters(records.code_points, config);
  return records;
}

PackedPictures render_characters(std::span<const char32_t> characters, const DataConfig& config) {
  const std::size_t threads = thread_count(static_cast<std::size_t>(config.threads));
  std::vector<std::optional<Font>> fonts(threads);
  const auto draw_one = [&](std::size_t worker, std::size_t i, std::span<std::uint8_t> pixels) {
    if (!fonts[worker]) fonts[worker] = open_font(config);
    std::fill(pixels.begin(), pixels.end(), std::uint8_t{0});
    draw_centred(fonts[worker]->render(characters[i]), static_cast<int>(config.font_size),
                 static_cast<int>(config.image_size), pixels.data());
  };
  return PackedPictures::drawn(characters.size(), config.image_size, threads, draw_one);
}

}  // namespace glyffuser

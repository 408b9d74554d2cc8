#pragma once
// Glyph bitmaps from a font file, by FreeType.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace glyffuser {

/// Coverage of one glyph: 0 (no ink) … 255 (full ink), row by row.
struct GlyphBitmap {
  int width = 0;
  int height = 0;
  int left = 0;     ///< pixels from the pen to the bitmap's left edge
  int top = 0;      ///< pixels from the baseline up to the bitmap's top edge
  int advance = 0;  ///< pixels from this pen position to the next
  std::vector<std::uint8_t> ink;
};

/// One face of a font file at one pixel size. Not thread-safe: one object per thread.
class Font {
 public:
  /// `face_index` selects a face in a collection (.ttc). Throws FileError: missing, not a font, no such face;
  /// RunError if FreeType cannot be started.
  Font(const std::filesystem::path& file, int face_index, int pixel_size);
  ~Font();
  Font(Font&&) noexcept;
  Font& operator=(Font&&) noexcept;

  bool covers(char32_t code_point) const;
  /// Every code point that it covers, ascending.
  std::vector<char32_t> characters() const;
  /// Throws FileError if the glyph cannot be loaded. A code point that is not covered gives the font's
  /// "missing" glyph.
  GlyphBitmap render(char32_t code_point) const;

 private:
  struct Face;
  std::unique_ptr<Face> face_;
};

/// "FreeType 2.12.1": what a rendered glyph depends on besides its font. Throws RunError if it cannot be
/// started.
std::string font_engine();

}  // namespace glyffuser

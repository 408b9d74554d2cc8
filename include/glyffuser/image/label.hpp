#pragma once
// Short texts in pictures: the font they are set in, lines of bounded width, drawing.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glyffuser/image/font.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {

struct FontFile {
  std::filesystem::path file;
  int face_index = 0;  ///< in a collection (.ttc)
};

/// `preferred` if it is given, else the first of the usual fonts that this machine has, those with Han before
/// those without. Nothing if there is none, with one warning per process.
std::optional<FontFile> find_label_font(const std::filesystem::path& preferred = {});

/// A font at the size of a label.
struct LabelFont {
  LabelFont(const FontFile& file, int pixel_size)
      : font(file.file, file.face_index, pixel_size), size(pixel_size) {}

  /// From one baseline to the next, in pixels.
  int line_height() const { return (size * 13 + 5) / 10; }

  Font font;
  int size;  ///< pixels of the em
};

/// Sum of the advances in pixels.
int text_width(const LabelFont& font, std::u32string_view line);

/// Broken at spaces and between Han so that no line is wider than `max_width` pixels; words too long for a
/// line are broken anywhere. What exceeds `max_lines` ends in an ellipsis. White space is one space. "" gives
/// no line. Throws std::invalid_argument if the text is not UTF-8.
std::vector<std::u32string> wrap_text(const LabelFont& font, std::string_view text, int max_width,
                                      int max_lines);

/// Lines below one another from y on, in the grey level `gray`; each begins at x, or with `alignment` 0.5 is
/// centred and with 1 ends there. What lies outside the image is left out.
void draw_text(GrayImage& image, const LabelFont& font, const std::vector<std::u32string>& lines, int x,
               int y, double alignment, std::uint8_t gray);

}  // namespace glyffuser

#include "glyffuser/image/label.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

// Debian, Fedora, Arch, macOS; face 2 of Noto Sans CJK is the one for simplified Chinese.
const std::vector<FontFile> kUsualFonts = {
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2},
    {"/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2},
    {"/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2},
    {"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0},
    {"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0},
    {"/System/Library/Fonts/PingFang.ttc", 0},
    {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0},
    {"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", 0},
    {"/usr/share/fonts/TTF/DejaVuSans.ttf", 0},
};

bool is_space(char32_t code) {
  return code <= 0x20 || code == 0x7f || code == 0xa0 || code == 0x3000;
}

/// Scripts set without spaces, and their full-width signs: a line may end before and after each of them.
bool is_wide(char32_t code) {
  return (code >= 0x2e80 && code <= 0xd7ff) || (code >= 0xf900 && code <= 0xfaff) ||
         (code >= 0xff00 && code <= 0xffef) || (code >= 0x20000 && code <= 0x3ffff);
}

/// Signs that no line begins with.
bool closes(char32_t code) {
  return std::u32string_view(U"，。、；：！？）」』】》〉〕").find(code) != std::u32string_view::npos;
}

/// A piece of text that stays on one line, and whether a space stands before it.
struct Word {
  std::u32string text;
  bool spaced = false;
};

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  bool spaced = false;
  char32_t last = ' ';
  for (const char32_t code : decode_utf8(text)) {
    if (is_space(code)) {
      spaced = true;
    } else if (!words.empty() && !spaced && (closes(code) || (!is_wide(code) && !is_wide(last)))) {
      words.back().text += code;
    } else {
      words.push_back({.text = {code}, .spaced = spaced && !words.empty()});
      spaced = false;
    }
    last = code;
  }
  return words;
}

/// Shortened until an ellipsis fits behind it.
std::u32string with_ellipsis(const LabelFont& font, std::u32string line, int max_width) {
  const std::u32string ellipsis = U"...";  // U+2026 is centred above the baseline in Chinese fonts
  while (!line.empty() && text_width(font, line + ellipsis) > max_width) line.pop_back();
  while (!line.empty() && is_space(line.back())) line.pop_back();
  return line + ellipsis;
}

void draw_glyph(GrayImage& image, const GlyphBitmap& glyph, int x, int y, std::uint8_t gray) {
  for (int row = std::max(0, -y); row < std::min(glyph.height, image.height - y); ++row) {
    for (int column = std::max(0, -x); column < std::min(glyph.width, image.width - x); ++column) {
      const int ink = glyph.ink[static_cast<std::size_t>(row * glyph.width + column)];
      const auto at = static_cast<std::size_t>(y + row) * static_cast<std::size_t>(image.width) +
                      static_cast<std::size_t>(x + column);
      image.pixels[at] = static_cast<std::uint8_t>((image.pixels[at] * (255 - ink) + gray * ink + 127) / 255);
    }
  }
}

}  // namespace

std::optional<FontFile> find_label_font(const std::filesystem::path& preferred) {
  if (!preferred.empty()) return FontFile{.file = preferred, .face_index = 0};
  for (const FontFile& font : kUsualFonts) {
    std::error_code ignored;
    if (std::filesystem::exists(font.file, ignored)) return font;
  }
  static const bool warned = [] {
    log::warning(
        "no font for labels was found (Noto Sans CJK, DejaVu Sans, …): grids are drawn without labels");
    return true;
  }();
  static_cast<void>(warned);
  return std::nullopt;
}

int text_width(const LabelFont& font, std::u32string_view line) {
  int width = 0;
  for (const char32_t code : line) width += font.font.render(code).advance;
  return width;
}

std::vector<std::u32string> wrap_text(const LabelFont& font, std::string_view text, int max_width,
                                      int max_lines) {
  std::vector<std::u32string> lines;
  const auto fits = [&](const std::u32string& line) { return text_width(font, line) <= max_width; };
  for (const Word& word : split_words(text)) {
    if (static_cast<int>(lines.size()) > max_lines) break;
    if (!lines.empty() && fits(lines.back() + (word.spaced ? U" " : U"") + word.text)) {
      lines.back() += (word.spaced ? U" " : U"") + word.text;
      continue;
    }
    lines.emplace_back();
    for (const char32_t code : word.text) {
      if (!lines.back().empty() && !fits(lines.back() + code)) lines.emplace_back();
      if (static_cast<int>(lines.size()) > max_lines) break;
      lines.back() += code;
    }
  }
  if (static_cast<int>(lines.size()) > max_lines) {
    lines.resize(static_cast<std::size_t>(max_lines));
    if (max_lines > 0) lines.back() = with_ellipsis(font, lines.back(), max_width);
  }
  return lines;
}

void draw_text(GrayImage& image, const LabelFont& font, const std::vector<std::u32string>& lines, int x,
               int y, double alignment, std::uint8_t gray) {
  // Capitals and Han are both centred about 0.37 em above the baseline.
  int baseline = y + static_cast<int>(std::lround(font.line_height() / 2.0 + 0.37 * font.size));
  for (const std::u32string& line : lines) {
    int pen = x - static_cast<int>(std::lround(text_width(font, line) * alignment));
    for (const char32_t code : line) {
      const GlyphBitmap glyph = font.font.render(code);
      draw_glyph(image, glyph, pen + glyph.left, baseline - glyph.top, gray);
      pen += glyph.advance;
    }
    baseline += font.line_height();
  }
}

}  // namespace glyffuser

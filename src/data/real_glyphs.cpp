#include "glyffuser/data/real_glyphs.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <tuple>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/rendering.hpp"
#include "glyffuser/data/unihan.hpp"
#include "glyffuser/image/font.hpp"
#include "glyffuser/text/captions.hpp"

namespace glyffuser {
namespace {

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// Outside the basic block (CJK Unified Ideographs) hardly a character is in use.
bool is_rare(char32_t code) {
  return code < 0x4E00 || code > 0x9FFF;
}

/// Where the text holds `words` with no letter beside them, or npos.
std::size_t find_words(const std::string& text, const std::string& words) {
  for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
    const std::size_t end = at + words.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return at;
  }
  return std::string::npos;
}

}  // namespace

DataConfig drawn_at(DataConfig config, std::int64_t image_size) {
  const auto size =
      static_cast<double>(config.font_size * image_size) / static_cast<double>(config.image_size);
  config.font_size = std::max<std::int64_t>(1, std::llround(size));
  config.image_size = image_size;
  return config;
}

GrayImage real_glyph(char32_t character, const DataConfig& config) {
  if (!open_font(config).covers(character))
    throw ConfigError(cat(config.font, ": has no glyph for `", encode_utf8(character),
                          "`, expected a character that the font draws"));
  const auto side = static_cast<std::size_t>(config.image_size);
  GrayImage image{static_cast<int>(side), static_cast<int>(side), std::vector<std::uint8_t>(side * side)};
  render_characters({&character, 1}, config).unpack(0, image.pixels);
  invert(image.pixels, image.pixels);
  return image;
}

Meanings::Meanings(const DataConfig& config) {
  const Font font = open_font(config);
  for (const auto& [code_point, text] : read_definitions(config.definitions)) {
    if (font.covers(code_point)) captions_.emplace_back(code_point, lower(clean_caption(text)));
  }
}

std::vector<char32_t> Meanings::characters(const std::string& prompt, std::size_t limit) const {
  const std::string words = lower(trim(prompt));
  if (words.empty()) return {};
  std::vector<std::tuple<std::size_t, bool, char32_t>> found;
  for (const auto& [code_point, caption] : captions_) {
    const std::size_t at = find_words(caption, words);
    if (at != std::string::npos) found.emplace_back(at, is_rare(code_point), code_point);
  }
  std::sort(found.begin(), found.end());
  if (found.size() > limit) found.resize(limit);
  std::vector<char32_t> characters;
  for (const auto& one : found) characters.push_back(std::get<char32_t>(one));
  return characters;
}

}  // namespace glyffuser

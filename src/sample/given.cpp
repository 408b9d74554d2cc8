#include "glyffuser/sample/given.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/given_picture.hpp"
#include "glyffuser/data/real_glyphs.hpp"

namespace glyffuser {
namespace {

constexpr double kUsualStrength = 0.8;

/// A file by its content, wherever it lies.
std::string identity_of_file(const std::string& file) {
  return cat("sha256:", sha256_file(file));
}

/// Of a character; empty if it is drawn as the data are by default, by which it is known.
std::string glyph_identity(const GrayImage& glyph, const DataConfig& data) {
  const DataConfig usual;
  const bool same = data.font == usual.font && data.font_index == usual.font_index &&
                    data.font_size == usual.font_size && data.image_size == usual.image_size;
  if (same) return "";
  return sha256({reinterpret_cast<const char*>(glyph.pixels.data()), glyph.pixels.size()}).substr(0, 12);
}

}  // namespace

Given read_given(const SampleConfig& config, const DataConfig& data, std::int64_t image_size) {
  if (config.init.empty()) {
    const char* what = !config.keep.empty() ? "keep" : config.strength ? "strength" : nullptr;
    if (what)
      throw ConfigError(cat(what, " is given without init, expected --init CHARACTER or FILE to draw from"));
  }
  if (config.keep.empty() && config.keep_repeats > 1)
    throw ConfigError("keep_repeats is given without keep, expected --keep with the part that stays");
  if (config.init.empty()) return {};
  Given given;
  const GrayImage picture = given_picture(config.init, drawn_at(data, image_size));
  const bool character = is_one_character(config.init);
  given.image.image = to_tensor({picture});
  given.image.strength = config.strength.value_or(config.keep.empty() ? kUsualStrength : 1.0);
  given.settings = {{"init", character ? config.init : identity_of_file(config.init)},
                    {"strength", shortest(given.image.strength)}};
  if (const std::string glyph = character ? glyph_identity(picture, data) : ""; !glyph.empty())
    given.settings.emplace_back("init_glyph", glyph);
  if (config.keep.empty()) return given;
  given.image.keep = keep_mask(config.keep, image_size);
  given.image.repeats = static_cast<std::size_t>(config.keep_repeats);
  given.settings.emplace_back("keep",
                              names_a_part(config.keep) ? config.keep : identity_of_file(config.keep));
  if (config.keep_repeats > 1) given.settings.emplace_back("keep_repeats", cat(config.keep_repeats));
  return given;
}

}  // namespace glyffuser

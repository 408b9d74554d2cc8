#include "glyffuser/sample/given.hpp"

#include <filesystem>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/given_picture.hpp"
#include "glyffuser/data/real_glyphs.hpp"

namespace glyffuser {
namespace {

constexpr double kUsualStrength = 0.8;

/// A word or character as it is; a file by its content, wherever it lies.
std::string identity(const std::string& what) {
  return std::filesystem::is_regular_file(what) ? cat("sha256:", sha256_file(what)) : what;
}

}  // namespace

Given read_given(const SampleConfig& config, const DataConfig& data, std::int64_t image_size) {
  if (config.init.empty()) {
    const char* what = !config.keep.empty() ? "keep" : config.strength ? "strength" : nullptr;
    if (what)
      throw ConfigError(cat(what, " is given without init, expected --init CHARACTER or FILE to draw from"));
    return {};
  }
  Given given;
  given.image.image = to_tensor({given_picture(config.init, drawn_at(data, image_size))});
  given.image.strength = config.strength.value_or(config.keep.empty() ? kUsualStrength : 1.0);
  given.settings = {{"init", identity(config.init)}, {"strength", shortest(given.image.strength)}};
  if (config.keep.empty()) return given;
  given.image.keep = keep_mask(config.keep, image_size);
  given.image.repeats = static_cast<std::size_t>(config.keep_repeats);
  given.settings.emplace_back("keep", identity(config.keep));
  if (config.keep_repeats > 1) given.settings.emplace_back("keep_repeats", cat(config.keep_repeats));
  return given;
}

}  // namespace glyffuser

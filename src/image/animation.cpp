#include "glyffuser/image/animation.hpp"

#include <algorithm>
#include <stdexcept>

#include "animation_formats.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

std::unique_ptr<Animation> make_animation(const std::filesystem::path& file) {
  const std::string extension = lower(file.extension().string());
  if (extension == ".webp") return make_webp_animation();
  if (extension == ".gif") return make_gif_animation();
  throw ConfigError(
      cat(file.string(), ": is no name for an animation, expected one that ends in .webp or .gif"));
}

int frame_milliseconds(std::size_t index, std::size_t count) {
  constexpr std::size_t kAll = 6000, kShortest = 40, kLongest = 500, kLast = 2000;
  if (index + 1 >= count) return kLast;
  return static_cast<int>(std::clamp(kAll / count, kShortest, kLongest));
}

void check_frame(const GrayImage& frame, int milliseconds, int width, int height) {
  const auto area = static_cast<std::size_t>(frame.width) * static_cast<std::size_t>(frame.height);
  if (frame.width < 1 || frame.height < 1 || frame.width > kLongestFrameSide ||
      frame.height > kLongestFrameSide || frame.pixels.size() != area)
    throw std::invalid_argument(cat("animation: a frame of ", frame.width, " x ", frame.height, " pixels"));
  if (width > 0 && (frame.width != width || frame.height != height))
    throw std::invalid_argument("animation: the frames differ in size");
  if (milliseconds < 1) throw std::invalid_argument("animation: a frame that is not shown");
}

}  // namespace glyffuser

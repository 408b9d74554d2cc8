#pragma once
// Greyscale pictures one after the other, shown in a loop for ever: animated WebP (lossless, by libwebp) or
// GIF (by giflib).

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// Of a frame, in pixels: what WebP can hold.
constexpr int kLongestFrameSide = 16383;

/// Takes frames as they come and keeps them encoded only. Equal frames give equal bytes.
class Animation {
 public:
  virtual ~Animation() = default;
  /// The next frame, shown for so many milliseconds (above 0; GIF rounds to hundredths of a second, at least
  /// two, as viewers slow shorter ones down). Throws std::invalid_argument if its size is not that of the
  /// first frame or not 1 to kLongestFrameSide pixels a side, RunError if it cannot be encoded.
  virtual void add(const GrayImage& frame, int milliseconds) = 0;
  /// The bytes of the file; nothing may be added afterwards. Throws std::invalid_argument without a frame.
  virtual std::string finish() = 0;
};

/// The kind that the file's name asks for: .webp or .gif. Throws ConfigError for another extension; nothing
/// is written.
std::unique_ptr<Animation> make_animation(const std::filesystem::path& file);

/// How long frame `index` of `count` should be shown, in milliseconds: all of them together for about six
/// seconds, none shorter than 40 ms or longer than half a second, and the last one, the finished picture, for
/// two seconds.
int frame_milliseconds(std::size_t index, std::size_t count);

}  // namespace glyffuser

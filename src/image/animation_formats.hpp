#pragma once
// The kinds of animation, each in a file with its library.

#include <memory>

#include "glyffuser/image/animation.hpp"

namespace glyffuser {

std::unique_ptr<Animation> make_webp_animation();
std::unique_ptr<Animation> make_gif_animation();

/// Throws std::invalid_argument unless the frame has pixels, at most kLongestFrameSide a side, the
/// size width × height where that is given (not 0), and is shown for a while.
void check_frame(const GrayImage& frame, int milliseconds, int width, int height);

}  // namespace glyffuser

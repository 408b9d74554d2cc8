#pragma once
// Pictures of any size as squares of one size.

#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// A square picture of `size` pixels a side: padded with white to a square, then resampled with a triangle
/// filter whose width is one source pixel or, where the picture shrinks, one target pixel (Pillow's
/// BILINEAR). `size` and both sides of `image` must be at least 1.
GrayImage resize_to_square(const GrayImage& image, int size);

}  // namespace glyffuser

#pragma once
// The kinds of PNG that image/png.hpp does not write: colours, and two bits a pixel. No time stamps.

#include <cstdint>
#include <string>
#include <vector>

#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// 8-bit red, green and blue of each pixel, row by row from the top.
struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  ///< 3 * width * height
};

/// The bytes of a PNG. Throws std::invalid_argument if the pixels do not fill the picture.
std::string encode_rgb_png(const RgbImage& image, const PngText& text = {});

/// Greys rounded to four levels (0, 85, 170, 255), two bits a pixel: line art in a third of the bytes. Throws
/// like encode_rgb_png.
std::string encode_two_bit_png(const GrayImage& image);

}  // namespace glyffuser

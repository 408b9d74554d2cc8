#include "glyffuser/image/packed_png.hpp"

#include <zlib.h>

#include <new>
#include <stdexcept>

#include "glyffuser/image/png_chunks.hpp"

namespace glyffuser {
namespace {

enum class ColorType : char { gray = 0, rgb = 2 };

std::string header(int width, int height, int bits, ColorType type) {
  std::string data = png::big_endian(static_cast<std::uint32_t>(width)) +
                     png::big_endian(static_cast<std::uint32_t>(height));
  data += static_cast<char>(bits);
  data += static_cast<char>(type);
  return png::chunk("IHDR", data.append(3, '\0'));  // deflate, the usual filters, not interlaced
}

std::string deflated(const std::string& rows) {
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string out(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                static_cast<uLong>(rows.size()), Z_BEST_COMPRESSION) != Z_OK)
    throw std::bad_alloc();
  out.resize(size);
  return out;
}

void check_filled(int width, int height, std::size_t count, std::size_t channels) {
  if (width <= 0 || height <= 0 ||
      count != channels * static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw std::invalid_argument("the pixels do not fill a picture of this width and height");
}

std::string file(const std::string& ihdr, const PngText& text, const std::string& rows) {
  std::string png = "\x89PNG\r\n\x1a\n" + ihdr;
  for (const auto& [keyword, value] : text) png += png::text_chunk(keyword, value);
  return png + png::chunk("IDAT", deflated(rows)) + png::chunk("IEND", "");
}

}  // namespace

std::string encode_rgb_png(const RgbImage& image, const PngText& text) {
  check_filled(image.width, image.height, image.pixels.size(), 3);
  const std::size_t stride = 3 * static_cast<std::size_t>(image.width);
  std::string rows;
  rows.reserve((stride + 1) * static_cast<std::size_t>(image.height));
  for (std::size_t at = 0; at < image.pixels.size(); at += stride) {
    rows += '\0';  // no filter
    rows.append(reinterpret_cast<const char*>(image.pixels.data()) + at, stride);
  }
  return file(header(image.width, image.height, 8, ColorType::rgb), text, rows);
}

std::string encode_two_bit_png(const GrayImage& image) {
  check_filled(image.width, image.height, image.pixels.size(), 1);
  const auto width = static_cast<std::size_t>(image.width);
  std::string rows;
  for (std::size_t row = 0; row < static_cast<std::size_t>(image.height); ++row) {
    rows += '\0';  // no filter
    for (std::size_t first = 0; first < width; first += 4) {
      unsigned byte = 0;
      for (std::size_t x = first; x < first + 4; ++x)
        byte = byte << 2 | (x < width ? (image.pixels[row * width + x] + 42U) / 85U : 0U);
      rows += static_cast<char>(byte);
    }
  }
  return file(header(image.width, image.height, 2, ColorType::gray), {}, rows);
}

}  // namespace glyffuser

#include "glyffuser/image/outline.hpp"

#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/program.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/resize.hpp"

namespace glyffuser {
namespace {

constexpr int kScale = 4;

/// Netpbm's PBM, the kind with eight pixels a byte: 1 is black.
std::string to_pbm(const GrayImage& image) {
  std::string bytes = cat("P4\n", image.width, " ", image.height, "\n");
  const std::uint8_t* pixel = image.pixels.data();
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      if (column % 8 == 0) bytes += '\0';
      if (*pixel++ < 128) bytes.back() = static_cast<char>(bytes.back() | (0x80 >> (column % 8)));
    }
  }
  return bytes;
}

}  // namespace

void check_potrace() {
  if (!is_on_path("potrace"))
    throw ConfigError(
        "potrace was not found on PATH, expected the program potrace (Debian package potrace) for outlines "
        "as SVG");
}

std::string outline_svg(const GrayImage& image) {
  if (image.width < 1 || image.width != image.height)
    throw std::invalid_argument("outline_svg: the picture is not square");
  check_potrace();
  const GrayImage large = resize_to_square(image, image.width * kScale);
  // In points, of which an inch has 72; a speck of one of our pixels has kScale² of potrace's.
  const auto result = run_program({"potrace", "--svg", "--resolution", cat(72 * kScale), "--turdsize",
                                   cat(kScale * kScale - 1), "--output", "-", "-"},
                                  to_pbm(large));
  const std::string reason = split(trim(result.errors), '\n').front();
  if (result.status != 0)
    throw RunError(cat("potrace failed with status ", result.status, reason.empty() ? "" : ": ", reason));
  if (result.output.find("</svg>") == std::string::npos)
    throw RunError("potrace wrote no SVG; version 1.10 or newer was expected");
  return result.output;
}

}  // namespace glyffuser

#include "glyffuser/image/resize.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {
namespace {

constexpr std::uint8_t kWhite = 255;

GrayImage pad_to_square(const GrayImage& image) {
  const int side = std::max(image.width, image.height);
  const int left = (side - image.width) / 2;
  const int top = (side - image.height) / 2;
  GrayImage square{side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side) * side, kWhite)};
  for (int row = 0; row < image.height; ++row)
    std::copy_n(image.pixels.begin() + static_cast<std::ptrdiff_t>(row) * image.width, image.width,
                square.pixels.begin() + static_cast<std::ptrdiff_t>(top + row) * side + left);
  return square;
}

/// Source pixels first… and their weights, which sum to 1.
struct Taps {
  int first = 0;
  std::vector<double> weights;
};

std::vector<Taps> triangle_taps(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double support = std::max(scale, 1.0);
  std::vector<Taps> taps(static_cast<std::size_t>(to));
  for (int target = 0; target < to; ++target) {
    Taps& tap = taps[static_cast<std::size_t>(target)];
    const double centre = (target + 0.5) * scale;
    tap.first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int last = std::min(from, static_cast<int>(centre + support + 0.5));
    double sum = 0;
    for (int source = tap.first; source < last; ++source) {
      tap.weights.push_back(std::max(0.0, 1.0 - std::abs((source + 0.5 - centre) / support)));
      sum += tap.weights.back();
    }
    for (double& weight : tap.weights) weight /= sum;
  }
  return taps;
}

// One pass along the rows, which writes its result transposed: two passes give the upright picture.
std::vector<double> resample_rows(const std::vector<double>& pixels, int side, int rows,
                                  const std::vector<Taps>& taps) {
  std::vector<double> out(taps.size() * static_cast<std::size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    for (std::size_t target = 0; target < taps.size(); ++target) {
      const double* source = pixels.data() + static_cast<std::ptrdiff_t>(row) * side + taps[target].first;
      double sum = 0;
      for (const double weight : taps[target].weights) sum += weight * *source++;
      out[target * static_cast<std::size_t>(rows) + static_cast<std::size_t>(row)] = sum;
    }
  }
  return out;
}

}  // namespace

GrayImage resize_to_square(const GrayImage& image, int size) {
  const GrayImage square = pad_to_square(image);
  if (square.width == size) return square;
  const std::vector<Taps> taps = triangle_taps(square.width, size);
  const std::vector<double> pixels(square.pixels.begin(), square.pixels.end());
  const std::vector<double> columns = resample_rows(pixels, square.width, square.width, taps);
  const std::vector<double> result = resample_rows(columns, square.width, size, taps);
  GrayImage resized{size, size, std::vector<std::uint8_t>(result.size())};
  std::transform(result.begin(), result.end(), resized.pixels.begin(),
                 [](double value) { return static_cast<std::uint8_t>(std::lround(value)); });
  return resized;
}

}  // namespace glyffuser

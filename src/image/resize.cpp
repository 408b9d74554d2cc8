#include "glyffuser/image/resize.hpp"

#include <algorithm>
#include <cmath>

namespace glyffuser {
namespace {

constexpr double kWhite = 255;

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

/// Which pixels of a line of the square the picture has; around them it is white.
struct Inside {
  int first = 0;
  int count = 0;
};

template <class Pixel>
double weighted(const Taps& taps, const Pixel* line, const Inside& inside, double around) {
  double sum = 0;
  int at = taps.first - inside.first;
  for (const double weight : taps.weights) {
    sum += weight * (at >= 0 && at < inside.count ? static_cast<double>(line[at]) : around);
    ++at;
  }
  return sum;
}

}  // namespace

// The white around the picture is not made: of a line of 16,384 pixels it would be two gigabytes.
GrayImage resize_to_square(const GrayImage& image, int size) {
  const int side = std::max(image.width, image.height);
  const Inside across{(side - image.width) / 2, image.width}, down{(side - image.height) / 2, image.height};
  const std::vector<Taps> taps = triangle_taps(side, size);
  GrayImage resized{size, size, std::vector<std::uint8_t>(static_cast<std::size_t>(size) * size)};
  std::vector<double> column(static_cast<std::size_t>(image.height));
  for (int x = 0; x < size; ++x) {
    const Taps& tap = taps[static_cast<std::size_t>(x)];
    const double white = weighted<std::uint8_t>(tap, nullptr, {}, kWhite);
    for (int row = 0; row < image.height; ++row) {
      const std::uint8_t* line = image.pixels.data() + static_cast<std::ptrdiff_t>(row) * image.width;
      column[static_cast<std::size_t>(row)] = weighted(tap, line, across, kWhite);
    }
    for (int y = 0; y < size; ++y) {
      const double value = weighted(taps[static_cast<std::size_t>(y)], column.data(), down, white);
      resized.pixels[static_cast<std::size_t>(y) * size + x] = static_cast<std::uint8_t>(std::lround(value));
    }
  }
  return resized;
}

}  // namespace glyffuser

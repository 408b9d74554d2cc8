#pragma once
// A picture as a list of shapes, which image/svg.hpp writes down and image/raster.hpp paints. Lengths are
// pixels at scale 1; x grows to the right, y downwards; later shapes cover earlier ones.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace glyffuser {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  bool operator==(const Color&) const = default;
};

/// The colour a share 0 … 1 of the way from `from` to `to`.
Color mix(Color from, Color to, double share);

/// One of a row of colours at equal distances, blended: share 0 is the first, 1 the last. `ramp` must not be
/// empty, `share` not NaN.
Color from_ramp(const std::vector<Color>& ramp, double share);

struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

/// Filled; where it crosses itself, the even-odd rule decides. A thin edge of its own colour closes the seams
/// between neighbours of a surface if `edge` is above 0 (its width).
struct Polygon {
  std::vector<Point> points;
  Color color;
  double opacity = 1;
  double edge = 0;
};

/// Separate lines that are painted as one: where they overlap, opacity counts once. Round caps and joins.
struct Lines {
  std::vector<std::vector<Point>> lines;
  Color color;
  double width = 1;
  double opacity = 1;
};

/// Discs of one kind; where they overlap, they add up.
struct Dots {
  std::vector<Point> centres;
  Color color;
  double radius = 1;
  double opacity = 1;
};

/// One line of UTF-8.
struct Text {
  std::string text;
  Point at;              ///< on the baseline
  double size = 12;      ///< of the em
  double alignment = 0;  ///< `at` is its begin (0), middle (0.5) or end (1)
  Color color;
};

using Shape = std::variant<Polygon, Lines, Dots, Text>;

struct Drawing {
  double width = 0;
  double height = 0;
  Color paper = {255, 255, 255};
  std::vector<Shape> shapes;
};

}  // namespace glyffuser

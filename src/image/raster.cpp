#include "glyffuser/image/raster.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr int kSubRows = 8;  // of a pixel: coverage is exact along x and sampled along y

/// How much of each pixel of a rectangle of the picture a shape covers: 0 … 1.
class Mask {
 public:
  /// The pixels that may be touched by what lies within `margin` of the points, cut to the picture.
  Mask(const std::vector<Point>& points, double margin, const RgbImage& image) {
    double low_x = 1e30, low_y = 1e30, high_x = -1e30, high_y = -1e30;
    for (const Point& point : points) {
      low_x = std::min(low_x, point.x - margin);
      low_y = std::min(low_y, point.y - margin);
      high_x = std::max(high_x, point.x + margin);
      high_y = std::max(high_y, point.y + margin);
    }
    left = pixel(low_x, image.width);
    top = pixel(low_y, image.height);
    right = pixel(high_x + 1, image.width);
    bottom = pixel(high_y + 1, image.height);
    cover_.assign(static_cast<std::size_t>((right - left) * (bottom - top)), 0.0F);
  }

  float& at(int x, int y) { return cover_[static_cast<std::size_t>((y - top) * (right - left) + x - left)]; }

  int left = 0, top = 0, right = 0, bottom = 0;  ///< right and bottom are past the end

 private:
  static int pixel(double place, int size) {
    return static_cast<int>(std::floor(std::clamp(place, 0.0, static_cast<double>(size))));
  }

  std::vector<float> cover_;
};

/// Where the horizontal line y crosses the polygon's sides, ascending.
std::vector<double> crossings(const std::vector<Point>& points, double y) {
  std::vector<double> found;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& a = points[i];
    const Point& b = points[(i + 1) % points.size()];
    if ((a.y <= y) != (b.y <= y)) found.push_back(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
  }
  std::sort(found.begin(), found.end());
  return found;
}

void cover_span(Mask& mask, int y, double from, double to, double weight) {
  const int first = std::max(mask.left, static_cast<int>(std::floor(from)));
  const int last = std::min(mask.right - 1, static_cast<int>(std::floor(to)));
  for (int x = first; x <= last; ++x) {
    const double width = std::min(to, x + 1.0) - std::max(from, static_cast<double>(x));
    mask.at(x, y) += static_cast<float>(std::max(width, 0.0) * weight);
  }
}

void cover_polygon(Mask& mask, const std::vector<Point>& points) {
  for (int y = mask.top; y < mask.bottom; ++y) {
    for (int sub = 0; sub < kSubRows; ++sub) {
      const std::vector<double> at = crossings(points, y + (sub + 0.5) / kSubRows);
      for (std::size_t i = 0; i + 1 < at.size(); i += 2)
        cover_span(mask, y, at[i], at[i + 1], 1.0 / kSubRows);
    }
  }
}

double distance_to_segment(double x, double y, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const double along = length2 > 0 ? std::clamp(((x - a.x) * dx + (y - a.y) * dy) / length2, 0.0, 1.0) : 0.0;
  return std::hypot(x - a.x - along * dx, y - a.y - along * dy);
}

// A line thinner than a pixel is a fainter line of one pixel.
void cover_segment(Mask& mask, Point a, Point b, double width) {
  const double strength = std::min(width, 1.0);
  const double reach = std::max(width, 1.0) / 2;
  const auto clip = [](double value, int low, int high) {
    return std::clamp(static_cast<int>(std::floor(value)), low, high);
  };
  const int top = clip(std::min(a.y, b.y) - reach - 1, mask.top, mask.bottom);
  const int bottom = clip(std::max(a.y, b.y) + reach + 2, mask.top, mask.bottom);
  const int left = clip(std::min(a.x, b.x) - reach - 1, mask.left, mask.right);
  const int right = clip(std::max(a.x, b.x) + reach + 2, mask.left, mask.right);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const double away = distance_to_segment(x + 0.5, y + 0.5, a, b);
      const auto cover = static_cast<float>(std::clamp(reach + 0.5 - away, 0.0, 1.0) * strength);
      mask.at(x, y) = std::max(mask.at(x, y), cover);
    }
  }
}

class Painter {
 public:
  Painter(RgbImage& image, double scale, const std::optional<FontFile>& font)
      : image_(image), scale_(scale), font_(font) {}

  void paint(const Polygon& polygon) {
    const std::vector<Point> points = scaled(polygon.points);
    const double edge = polygon.edge * scale_;
    Mask mask(points, edge, image_);
    cover_polygon(mask, points);
    if (edge > 0) {
      for (std::size_t i = 0; i < points.size(); ++i)
        cover_segment(mask, points[i], points[(i + 1) % points.size()], edge);
    }
    blend(mask, polygon.color, polygon.opacity);
  }

  void paint(const Lines& lines) {
    std::vector<Point> all;
    for (const auto& line : lines.lines) all.insert(all.end(), line.begin(), line.end());
    if (all.empty()) return;
    Mask mask(scaled(all), lines.width * scale_ + 1, image_);
    for (const auto& line : lines.lines) {
      const std::vector<Point> points = scaled(line);
      for (std::size_t i = 0; i + 1 < points.size(); ++i)
        cover_segment(mask, points[i], points[i + 1], lines.width * scale_);
    }
    blend(mask, lines.color, lines.opacity);
  }

  void paint(const Dots& dots) {
    for (const Point& centre : scaled(dots.centres)) {
      Mask mask({centre}, dots.radius * scale_ + 1, image_);
      cover_segment(mask, centre, centre, 2 * dots.radius * scale_);
      blend(mask, dots.color, dots.opacity);
    }
  }

  void paint(const Text& text) {
    if (!font_) return;
    const int size = std::max(4, static_cast<int>(std::lround(text.size * scale_)));
    const LabelFont& font = fonts_.try_emplace(size, *font_, size).first->second;
    std::u32string line;
    for (const char32_t code : decode_utf8(text.text)) line += code;
    double pen = text.at.x * scale_ - text_width(font, line) * text.alignment;
    for (const char32_t code : line) {
      const GlyphBitmap glyph = font.font.render(code);
      blend(glyph, static_cast<int>(std::lround(pen)) + glyph.left,
            static_cast<int>(std::lround(text.at.y * scale_)) - glyph.top, text.color);
      pen += glyph.advance;
    }
  }

 private:
  std::vector<Point> scaled(std::vector<Point> points) const {
    for (Point& point : points) point = {point.x * scale_, point.y * scale_};
    return points;
  }

  void blend(int x, int y, Color color, double share) {
    auto* pixel =
        image_.pixels.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(image_.width) +
                                    static_cast<std::size_t>(x));
    const Color mixed = mix({pixel[0], pixel[1], pixel[2]}, color, share);
    pixel[0] = mixed.red;
    pixel[1] = mixed.green;
    pixel[2] = mixed.blue;
  }

  void blend(Mask& mask, Color color, double opacity) {
    for (int y = mask.top; y < mask.bottom; ++y) {
      for (int x = mask.left; x < mask.right; ++x) {
        if (const float cover = mask.at(x, y); cover > 0)
          blend(x, y, color, std::min(1.0, static_cast<double>(cover)) * opacity);
      }
    }
  }

  void blend(const GlyphBitmap& glyph, int left, int top, Color color) {
    for (int y = std::max(0, -top); y < std::min(glyph.height, image_.height - top); ++y) {
      for (int x = std::max(0, -left); x < std::min(glyph.width, image_.width - left); ++x) {
        const int ink = glyph.ink[static_cast<std::size_t>(y * glyph.width + x)];
        if (ink > 0) blend(left + x, top + y, color, ink / 255.0);
      }
    }
  }

  RgbImage& image_;
  double scale_;
  std::optional<FontFile> font_;
  std::map<int, LabelFont> fonts_;
};

}  // namespace

RgbImage rasterise(const Drawing& drawing, double scale, const std::optional<FontFile>& font) {
  RgbImage image{.width = static_cast<int>(std::lround(drawing.width * scale)),
                 .height = static_cast<int>(std::lround(drawing.height * scale)),
                 .pixels = {}};
  const auto count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  image.pixels.reserve(3 * count);
  for (std::size_t i = 0; i < count; ++i)
    image.pixels.insert(image.pixels.end(), {drawing.paper.red, drawing.paper.green, drawing.paper.blue});
  Painter painter(image, scale, font);
  for (const Shape& shape : drawing.shapes) std::visit([&](const auto& kind) { painter.paint(kind); }, shape);
  return image;
}

}  // namespace glyffuser

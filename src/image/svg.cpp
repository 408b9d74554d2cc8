#include "glyffuser/image/svg.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr std::size_t kDotPaths = 16;  // a path is painted as one: opacity adds up between them only

// In tenths, without a point where none is needed.
std::string number(double value) {
  const auto tenths = std::llround(value * 10);
  const std::string sign = tenths < 0 ? "-" : "";
  const auto size = std::llabs(tenths);
  return size % 10 == 0 ? cat(sign, size / 10) : cat(sign, size / 10, ".", size % 10);
}

std::string hex(Color color) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", static_cast<unsigned>(color.red),
                static_cast<unsigned>(color.green), static_cast<unsigned>(color.blue));
  return text.data();
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::string pair(Point point) {
  return cat(number(point.x), " ", number(point.y));
}

std::string path_of(const std::vector<Point>& points) {
  std::string path;
  for (std::size_t i = 0; i < points.size(); ++i) path += (i == 0 ? "M" : "L") + pair(points[i]);
  return path;
}

std::string opacity_of(const char* property, double opacity) {
  return opacity < 1 ? cat(" ", property, "=\"", shortest(opacity), "\"") : "";
}

std::string stroked(const std::string& path, Color color, double width, double opacity) {
  return cat("<path fill=\"none\" stroke=\"", hex(color), "\" stroke-width=\"", shortest(width),
             "\" stroke-linecap=\"round\" stroke-linejoin=\"round\"", opacity_of("stroke-opacity", opacity),
             " d=\"", path, "\"/>\n");
}

std::string element(const Polygon& polygon) {
  const std::string fill = hex(polygon.color);
  const std::string edge = polygon.edge > 0 ? cat(" stroke=\"", fill, "\" stroke-width=\"",
                                                  shortest(polygon.edge), "\" stroke-linejoin=\"round\"")
                                            : "";
  return cat("<path fill=\"", fill, "\" fill-rule=\"evenodd\"", opacity_of("opacity", polygon.opacity), edge,
             " d=\"", path_of(polygon.points), "Z\"/>\n");
}

std::string element(const Lines& lines) {
  std::string path;
  for (const auto& line : lines.lines) path += path_of(line);
  return stroked(path, lines.color, lines.width, lines.opacity);
}

std::string element(const Dots& dots) {
  std::string out;
  for (std::size_t first = 0; first < std::min(kDotPaths, dots.centres.size()); ++first) {
    std::string path;
    for (std::size_t i = first; i < dots.centres.size(); i += kDotPaths)
      path += "M" + pair(dots.centres[i]) + "h0";
    out += stroked(path, dots.color, 2 * dots.radius, dots.opacity);
  }
  return out;
}

std::string element(const Text& text) {
  const char* anchor = text.alignment == 0 ? "start" : text.alignment == 1 ? "end" : "middle";
  return cat("<text x=\"", number(text.at.x), "\" y=\"", number(text.at.y), "\" font-size=\"",
             number(text.size), "\" text-anchor=\"", anchor, "\" fill=\"", hex(text.color), "\">",
             escaped(text.text), "</text>\n");
}

}  // namespace

std::string to_svg(const Drawing& drawing) {
  const std::string size = cat(number(drawing.width), "\" height=\"", number(drawing.height));
  std::string svg =
      cat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", size, "\" viewBox=\"0 0 ",
          number(drawing.width), " ", number(drawing.height),
          "\" font-family=\"sans-serif\">\n<rect width=\"", size, "\" fill=\"", hex(drawing.paper), "\"/>\n");
  for (const Shape& shape : drawing.shapes)
    svg += std::visit([](const auto& kind) { return element(kind); }, shape);
  return svg + "</svg>\n";
}

}  // namespace glyffuser

#include "glyffuser/umap/figure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "glyffuser/core/text.hpp"
#include "glyffuser/image/label.hpp"
#include "glyffuser/image/svg.hpp"

namespace glyffuser {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Plane small_plane() {
  torch::manual_seed(1);
  return make_plane(torch::randn({50, 2}) * 2 + 5, {.timesteps = {0, 350}, .bandwidth = {}});
}

TEST(FigureTest, SaysWhatItShows) {
  const std::string svg = to_svg(make_figure(small_plane(), {{{5, 5}, "side by side"}}));
  EXPECT_THAT(svg, HasSubstr("not of glyphs"));
  EXPECT_THAT(svg, HasSubstr("t = 0<"));
  EXPECT_THAT(svg, HasSubstr("t = 350<"));
  EXPECT_THAT(svg, HasSubstr("alpha bar = 0.28"));
  EXPECT_THAT(svg, HasSubstr("side by side"));
  EXPECT_THAT(to_svg(make_figure(small_plane(), {})), Not(HasSubstr("side by side")));
}

TEST(FigureTest, StaysOnItsPaper) {
  const Drawing drawing = make_figure(small_plane(), {});
  const auto inside = [&](const Point& point) {
    EXPECT_TRUE(std::isfinite(point.x) && std::isfinite(point.y));
    EXPECT_TRUE(point.x >= 0 && point.x <= drawing.width && point.y >= 0 && point.y <= drawing.height)
        << point.x << " " << point.y;
  };
  for (const Shape& shape : drawing.shapes) {
    if (const auto* polygon = std::get_if<Polygon>(&shape)) std::ranges::for_each(polygon->points, inside);
    if (const auto* dots = std::get_if<Dots>(&shape)) std::ranges::for_each(dots->centres, inside);
    if (const auto* text = std::get_if<Text>(&shape)) inside(text->at);
    if (const auto* lines = std::get_if<Lines>(&shape)) {
      for (const auto& line : lines->lines) std::ranges::for_each(line, inside);
    }
  }
}

TEST(FigureTest, HasRoomForItsTextsHoweverFewItsColumns) {
  const auto font = find_label_font();
  if (!font) GTEST_SKIP() << "no font";
  torch::manual_seed(1);
  const Plane plane = make_plane(torch::randn({50, 2}), {.timesteps = {0}, .bandwidth = {}});
  const Drawing drawing = make_figure(plane, {});
  for (const Shape& shape : drawing.shapes) {
    const auto* text = std::get_if<Text>(&shape);
    if (!text) continue;
    const std::vector<char32_t> line = decode_utf8(text->text);
    const int width =
        text_width(LabelFont(*font, static_cast<int>(std::ceil(text->size))), {line.data(), line.size()});
    EXPECT_LE(text->at.x + (1 - text->alignment) * width, drawing.width) << text->text;
  }
}

}  // namespace
}  // namespace glyffuser

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

template <class Kind>
std::vector<Kind> shapes_of(const Drawing& drawing) {
  std::vector<Kind> found;
  for (const Shape& shape : drawing.shapes)
    if (const auto* one = std::get_if<Kind>(&shape)) found.push_back(*one);
  return found;
}

/// Of one frame at t = 0, with these points and this one contour.
Drawing with_points_and_contour(const torch::Tensor& points, const std::vector<Point>& path) {
  Plane plane = make_plane(torch::randn({50, 2}), {.timesteps = {0}, .bandwidth = {}});
  plane.frames[0].points = points;
  plane.frames[0].contours = {{0.5, {path}}};
  plane.frames[0].arrows.clear();
  return make_figure(plane, {});
}

TEST(FigureTest, WhatLeavesTheViewIsLeftOut) {
  const Drawing drawing = with_points_and_contour(torch::tensor({{0.0, 0.0}, {100.0, 0.0}}, torch::kFloat64),
                                                  {{0, 0}, {0, 1}, {100, 1}, {1, 1}, {1, 0}, {0.5, 0}});
  EXPECT_EQ(shapes_of<Dots>(drawing).at(0).centres.size(), 1U);
  std::vector<std::size_t> lengths;
  for (const Lines& lines : shapes_of<Lines>(drawing)) {
    if (lines.width != 0.9) continue;  // the panels' frames
    for (const auto& line : lines.lines) lengths.push_back(line.size());
  }
  EXPECT_EQ(lengths, (std::vector<std::size_t>{2, 3}));  // and nothing across the gap
}

TEST(FigureTest, FaintArrowsAreDrawnOnceAndFaintly) {
  Plane plane = make_plane(torch::randn({50, 2}), {.timesteps = {0}, .bandwidth = {}});
  plane.frames[0].contours.clear();
  plane.frames[0].arrows = {{{0, 0}, 0.1, 0, true}, {{1, 0}, 0.1, 0, false}, {{2, 0}, 0.1, 0, true}};
  std::vector<std::size_t> counts;
  for (const Lines& lines : shapes_of<Lines>(make_figure(plane, {})))
    if (lines.lines.size() != 1) counts.push_back(lines.lines.size());
  EXPECT_EQ(counts, (std::vector<std::size_t>{4, 2}));  // shaft and head of each, the faint ones first
}

TEST(FigureTest, TheSurfaceIsDrawnFromTheBack) {
  const auto surface = shapes_of<Polygon>(
      make_figure(make_plane(torch::randn({50, 2}), {.timesteps = {0}, .bandwidth = {}}), {}));
  ASSERT_GT(surface.size(), 100U);
  EXPECT_LT(surface[1].points[0].y + 30, surface.back().points[0].y);  // after the plain
}

TEST(FigureTest, LobesAreNamedAtTheBeginningAndOneAboveTheOther) {
  const std::vector<Lobe> lobes = {{{5, 5}, "side by side"}, {{5, 4}, "stacked"}};
  std::vector<double> heights;
  for (const Text& text : shapes_of<Text>(make_figure(small_plane(), lobes)))
    if (text.text == lobes[0].text || text.text == lobes[1].text) heights.push_back(text.at.y);
  ASSERT_EQ(heights.size(), 2U);
  EXPECT_GT(heights[0] - heights[1], 200);
  const Plane noised = make_plane(torch::randn({50, 2}), {.timesteps = {350}, .bandwidth = {}});
  EXPECT_THAT(to_svg(make_figure(noised, lobes)), Not(HasSubstr("side by side")));
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/image/raster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>

namespace glyffuser {
namespace {

/// Sum of the red channel's darkness in whole pixels.
double ink(const RgbImage& image) {
  double sum = 0;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) sum += (255 - image.pixels[i]) / 255.0;
  return sum;
}

RgbImage painted(Shape shape, double scale = 1) {
  return rasterise({.width = 20, .height = 16, .paper = {255, 255, 255}, .shapes = {std::move(shape)}}, scale,
                   find_label_font());
}

TEST(RasterTest, APolygonCoversItsArea) {
  const std::vector<Point> triangle = {{2, 2}, {17.3, 4.1}, {6.2, 13.7}};
  const double area = 0.5 * std::abs((17.3 - 2) * (13.7 - 2) - (6.2 - 2) * (4.1 - 2));
  EXPECT_NEAR(ink(painted(Polygon{triangle, {0, 0, 0}})), area, 0.02 * area);
  EXPECT_NEAR(ink(painted(Polygon{triangle, {0, 0, 0}, 0.5})), area / 2, 0.02 * area);
  EXPECT_NEAR(ink(painted(Polygon{triangle, {0, 0, 0}}, 2)), 4 * area, 0.02 * area);
}

TEST(RasterTest, DotsAndLinesToo) {
  EXPECT_NEAR(ink(painted(Dots{{{8.3, 7.6}}, {0, 0, 0}, 4})), std::numbers::pi * 16, 1);
  EXPECT_NEAR(ink(painted(Lines{{{{3, 4}, {15, 4}}}, {0, 0, 0}, 2})), 24 + std::numbers::pi, 1);
  EXPECT_NEAR(ink(painted(Lines{{{{3, 4.5}, {15, 4.5}}}, {0, 0, 0}, 0.5})), 6, 1);
}

TEST(RasterTest, OverlappingDotsAddUpAndLinesOfOneShapeDoNot) {
  const auto middle = [](const RgbImage& image) { return image.pixels[3 * (8 * 20 + 8)]; };
  EXPECT_EQ(middle(painted(Dots{{{8.5, 8.5}, {8.5, 8.5}}, {0, 0, 0}, 3, 0.5})), 64);
  EXPECT_EQ(middle(painted(Lines{{{{2, 8.5}, {15, 8.5}}, {{8.5, 2}, {8.5, 15}}}, {0, 0, 0}, 3, 0.5})), 128);
}

TEST(RasterTest, WhatLiesOutsideIsCutOff) {
  EXPECT_NEAR(ink(painted(Polygon{{{-50, -50}, {70, -50}, {70, 70}, {-50, 70}}, {0, 0, 0}})), 320, 1e-9);
  EXPECT_EQ(ink(painted(Dots{{{-9, 3}, {400, 3}}, {0, 0, 0}, 2})), 0);
  EXPECT_EQ(ink(painted(Lines{{}, {0, 0, 0}, 2})), 0);
}

TEST(RasterTest, TextNeedsAFont) {
  const Shape text = Text{"t = 0", {1, 12}, 10, 0, {0, 0, 0}};
  const auto font = find_label_font();
  ASSERT_TRUE(font);
  const Drawing drawing{.width = 40, .height = 16, .paper = {255, 255, 255}, .shapes = {text}};
  EXPECT_EQ(ink(rasterise(drawing, 1, std::nullopt)), 0);
  EXPECT_GT(ink(rasterise(drawing, 1, font)), 10);
}

TEST(RasterTest, AnEdgeIsPaintedAroundAPolygon) {
  const Polygon square{{{5, 5}, {10, 5}, {10, 10}, {5, 10}}, {0, 0, 0}, 1, 2};
  const double area = 25 + 20 + std::numbers::pi;
  EXPECT_NEAR(ink(painted(square)), area, 1.5);
  EXPECT_NEAR(ink(painted(square, 2)), 4 * area, 4);
}

TEST(RasterTest, EveryShapeGrowsWithTheScale) {
  for (const Shape& shape :
       {Shape(Lines{{{{3, 4}, {15, 4}}}, {0, 0, 0}, 2}), Shape(Dots{{{8.3, 7.6}}, {0, 0, 0}, 4})})
    EXPECT_NEAR(ink(painted(shape, 2)), 4 * ink(painted(shape)), 4);
  const Text text{"H", {5, 12}, 10, 0, {0, 0, 0}};
  EXPECT_NEAR(ink(painted(text, 2)), 4 * ink(painted(text)), ink(painted(text)));
}

TEST(RasterTest, ColoursAreRedGreenAndBlue) {
  const Polygon pixel{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}, {40, 50, 60}};
  const Drawing drawing{.width = 2, .height = 1, .paper = {10, 20, 30}, .shapes = {pixel}};
  EXPECT_EQ(rasterise(drawing, 1, std::nullopt).pixels, (std::vector<std::uint8_t>{40, 50, 60, 10, 20, 30}));
}

TEST(RasterTest, TextIsAlignedAndStandsOnItsBaselineWithSmoothEdges) {
  if (!find_label_font()) GTEST_SKIP() << "no font on this machine";
  struct Box {
    int left = 99, right = -1, bottom = -1;
  };
  const auto box = [](double alignment) {
    const RgbImage image = painted(Text{"H", {10, 12}, 12, alignment, {0, 0, 0}});
    Box dark;
    for (int i = 0; i < 20 * 16; ++i) {
      if (image.pixels[static_cast<std::size_t>(3 * i)] >= 128) continue;
      dark = {std::min(dark.left, i % 20), std::max(dark.right, i % 20), std::max(dark.bottom, i / 20)};
    }
    return dark;
  };
  EXPECT_GE(box(0).left, 10);
  EXPECT_LT(box(1).right, 10);
  EXPECT_NEAR((box(0.5).left + box(0.5).right + 1) / 2.0, 10, 1);
  EXPECT_EQ(box(0).bottom, 11);
  const RgbImage round = painted(Text{"o", {2, 12}, 12, 0, {0, 0, 0}});
  EXPECT_TRUE(std::ranges::any_of(round.pixels, [](int gray) { return gray > 30 && gray < 225; }));
}

}  // namespace
}  // namespace glyffuser

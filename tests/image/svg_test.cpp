#include "glyffuser/image/svg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glyffuser {
namespace {

using ::testing::HasSubstr;

TEST(SvgTest, EveryKindOfShapeIsWrittenDown) {
  Drawing drawing{.width = 20, .height = 10.5, .paper = {255, 255, 255}, .shapes = {}};
  drawing.shapes.push_back(Polygon{{{0, 0}, {1, 0}, {1, 2.25}}, {255, 0, 16}, 0.5, 0.4});
  drawing.shapes.push_back(Lines{{{{1, 1}, {2, 2}}, {{-3, 3}, {4, 4}}}, {1, 2, 3}, 1.5, 1});
  drawing.shapes.push_back(Dots{{{5, 5}, {6, 6}}, {0, 0, 0}, 0.75, 0.2});
  drawing.shapes.push_back(Text{"a < b & c", {3, 4}, 12, 0.5, {0, 0, 0}});
  const std::string svg = to_svg(drawing);
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 20 10.5\""));
  EXPECT_THAT(svg, HasSubstr("<path fill=\"#ff0010\" fill-rule=\"evenodd\" opacity=\"0.5\""));
  EXPECT_THAT(svg, HasSubstr("d=\"M0 0L1 0L1 2.3Z\""));
  EXPECT_THAT(svg, HasSubstr("d=\"M1 1L2 2M-3 3L4 4\""));
  EXPECT_THAT(svg, HasSubstr("stroke-width=\"1.5\""));
  EXPECT_THAT(svg, HasSubstr("stroke-opacity=\"0.2\" d=\"M5 5h0\""));
  EXPECT_THAT(svg, HasSubstr("text-anchor=\"middle\""));
  EXPECT_THAT(svg, HasSubstr("a &lt; b &amp; c"));
}

TEST(SvgTest, EveryValueIsInItsPlace) {
  const auto svg = [](Shape shape) {
    return to_svg({.width = 2, .height = 1, .paper = {1, 2, 3}, .shapes = {std::move(shape)}});
  };
  EXPECT_THAT(svg(Lines{}), HasSubstr("fill=\"#010203\""));
  EXPECT_THAT(svg(Dots{{{1, 1}}, {0, 0, 0}, 0.75, 1}), HasSubstr("stroke-width=\"1.5\""));
  EXPECT_THAT(svg(Text{"x", {0, 0}, 9, 0, {}}), HasSubstr("font-size=\"9\" text-anchor=\"start\""));
  EXPECT_THAT(svg(Text{"x", {0, 0}, 9, 1, {}}), HasSubstr("text-anchor=\"end\""));
  EXPECT_THAT(svg(Polygon{{{0, 0}}, {255, 0, 16}, 1, 0.4}),
              HasSubstr("stroke=\"#ff0010\" stroke-width=\"0.4\""));
}

TEST(SvgTest, EveryDotIsDrawnOnce) {
  const std::string svg = to_svg({.width = 2,
                                  .height = 1,
                                  .paper = {255, 255, 255},
                                  .shapes = {Dots{std::vector<Point>(20, {1, 1}), {0, 0, 0}, 1, 1}}});
  std::size_t dots = 0;
  for (std::size_t at = 0; (at = svg.find("h0", at)) != std::string::npos; ++at) ++dots;
  EXPECT_EQ(dots, 20U);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/umap/figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr double kPanel = 300;  // pixels a side
constexpr double kGap = 16;
constexpr double kLeft = 60;  // for the rows' names
constexpr double kTop = 112;  // for the titles
constexpr double kBottom = 20;
constexpr double kNarrowest = 1090;          // with room for kRows in the widest of the usual fonts
constexpr std::int64_t kSurfaceAcross = 64;  // places of the surface's lattice
constexpr double kPlain = 0.004;             // of the highest place: what is lower counts as flat
constexpr double kSurfaceHeight = 4;         // of the highest place, in the plane's units

constexpr const char* kTitle =
    "The map's coordinates under noise: a diffusion of two numbers per glyph, not of glyphs";
constexpr const char* kRows =
    "Points; their density, its height scaled in each column; its score over contours of 5 to 95 % of the "
    "mass, grey where there is hardly any data (outside 99 %)";

const Color kInk = {34, 38, 46};
const Color kQuiet = {122, 128, 140};
const Color kFrame = {214, 217, 223};
const Color kPoints = {47, 84, 150};
const Color kFaintArrow = {205, 208, 214};
// From dark violet over blue and green to yellow, each step lighter than the one before.
const std::vector<Color> kHeights = {{58, 12, 92},   {54, 56, 140},  {38, 96, 146}, {26, 134, 140},
                                     {48, 168, 116}, {128, 200, 76}, {242, 228, 48}};

/// One panel of the figure: from the plane's units to pixels.
class Panel {
 public:
  Panel(std::size_t column, std::size_t row)
      : left_(kLeft + static_cast<double>(column) * (kPanel + kGap)),
        top_(kTop + static_cast<double>(row) * (kPanel + kGap)) {}

  Point at(double x, double y) const {
    const double scale = kPanel / (2 * kPlaneView);
    return {left_ + (x + kPlaneView) * scale, top_ + (kPlaneView - y) * scale};
  }
  /// Pixels right of and below the panel's upper left corner.
  Point inside(double x, double y) const { return {left_ + x, top_ + y}; }

  void frame(Drawing& drawing) const {
    drawing.shapes.push_back(
        Lines{{{inside(0, 0), inside(kPanel, 0), inside(kPanel, kPanel), inside(0, kPanel), inside(0, 0)}},
              kFrame,
              1});
  }

 private:
  double left_, top_;
};

bool shown(double x, double y) {
  return std::abs(x) < kPlaneView && std::abs(y) < kPlaneView;
}

void draw_points(Drawing& drawing, const Panel& panel, const PlaneFrame& frame) {
  panel.frame(drawing);
  const auto count = static_cast<double>(frame.points.size(0));
  // About as much ink for few points as for many.
  Dots dots{.centres = {},
            .color = kPoints,
            .radius = std::clamp(60 / std::sqrt(count), 0.7, 3.0),
            .opacity = std::clamp(40 / std::sqrt(count), 0.22, 0.8)};
  const auto point = frame.points.accessor<double, 2>();
  for (std::int64_t i = 0; i < frame.points.size(0); ++i) {
    if (shown(point[i][0], point[i][1])) dots.centres.push_back(panel.at(point[i][0], point[i][1]));
  }
  drawing.shapes.push_back(std::move(dots));
}

/// The density on a lattice over the view, 1 at its highest place.
torch::Tensor heights(const PlaneFrame& frame) {
  const Lattice& lattice = frame.lattice;
  const auto value = frame.density.accessor<double, 2>();
  torch::Tensor out = torch::zeros({kSurfaceAcross, kSurfaceAcross}, torch::kFloat64);
  auto height = out.accessor<double, 2>();
  for (std::int64_t j = 0; j < kSurfaceAcross; ++j) {
    for (std::int64_t i = 0; i < kSurfaceAcross; ++i) {
      const double step = 2 * kPlaneView / (kSurfaceAcross - 1);
      const double x = (-kPlaneView + step * static_cast<double>(i) - lattice.x0) / lattice.step;
      const double y = (-kPlaneView + step * static_cast<double>(j) - lattice.y0) / lattice.step;
      const auto left = static_cast<std::int64_t>(std::floor(x)),
                 low = static_cast<std::int64_t>(std::floor(y));
      if (left < 0 || low < 0 || left + 1 >= lattice.nx || low + 1 >= lattice.ny) continue;
      const double u = x - std::floor(x), v = y - std::floor(y);
      height[j][i] = (value[low][left] * (1 - u) + value[low][left + 1] * u) * (1 - v) +
                     (value[low + 1][left] * (1 - u) + value[low + 1][left + 1] * u) * v;
    }
  }
  return out / out.max().clamp_min(1e-12);
}

/// Seen from the front left and above, without perspective.
struct View {
  static constexpr double kTurn = -0.96, kTilt = 0.62;  // radians
  const Panel& panel;

  double depth(double x, double y) const { return x * std::sin(kTurn) + y * std::cos(kTurn); }
  Point project(double x, double y, double z) const {
    constexpr double kScale = kPanel / (2.75 * kPlaneView);
    const double across = x * std::cos(kTurn) - y * std::sin(kTurn);
    const double up = depth(x, y) * std::sin(kTilt) + z * std::cos(kTilt);
    return panel.inside(kPanel / 2 + across * kScale, kPanel * 0.7 - up * kScale);
  }
};

void draw_surface(Drawing& drawing, const Panel& panel, const PlaneFrame& frame) {
  const torch::Tensor table = heights(frame);
  const auto height = table.accessor<double, 2>();
  const View view{panel};
  const double step = 2 * kPlaneView / (kSurfaceAcross - 1);
  const auto place = [&](std::int64_t i) { return -kPlaneView + step * static_cast<double>(i); };
  const auto corner = [&](std::int64_t i, std::int64_t j) {
    return view.project(place(i), place(j), kSurfaceHeight * height[j][i]);
  };
  // The plain around the hills is one piece, behind all else.
  const double edge = kPlaneView;
  drawing.shapes.push_back(Polygon{{view.project(-edge, -edge, 0), view.project(edge, -edge, 0),
                                    view.project(edge, edge, 0), view.project(-edge, edge, 0)},
                                   kHeights.front()});
  struct Cell {
    double depth;
    std::int64_t i, j;
  };
  std::vector<Cell> cells;
  for (std::int64_t j = 0; j + 1 < kSurfaceAcross; ++j) {
    for (std::int64_t i = 0; i + 1 < kSurfaceAcross; ++i) {
      const double highest =
          std::max({height[j][i], height[j][i + 1], height[j + 1][i], height[j + 1][i + 1]});
      if (highest > kPlain) cells.push_back({view.depth(place(i), place(j)), i, j});
    }
  }
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return a.depth > b.depth; });
  for (const auto& [depth, i, j] : cells) {
    const double mean = (height[j][i] + height[j][i + 1] + height[j + 1][i] + height[j + 1][i + 1]) / 4;
    // Light from the left: slopes that face it are brighter.
    const double slope = (height[j][i + 1] - height[j][i] + height[j + 1][i + 1] - height[j + 1][i]) / 2;
    const Color color = from_ramp(kHeights, mean);
    const Color lit =
        mix(color, slope > 0 ? Color{255, 255, 255} : Color{0, 0, 0}, std::min(0.35, 3 * std::abs(slope)));
    drawing.shapes.push_back(
        Polygon{{corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)}, lit, 1, 0.6});
  }
}

/// Shaft and the two sides of the head.
std::array<std::vector<Point>, 2> arrow_lines(const Panel& panel, const Arrow& arrow) {
  const Point tail = panel.at(arrow.at.x - arrow.u / 2, arrow.at.y - arrow.v / 2);
  const Point tip = panel.at(arrow.at.x + arrow.u / 2, arrow.at.y + arrow.v / 2);
  const double dx = tip.x - tail.x, dy = tip.y - tail.y;
  constexpr double kHead = 0.34;
  const auto barb = [&](double side) {
    return Point{tip.x - kHead * (dx - side * dy * 0.7), tip.y - kHead * (dy + side * dx * 0.7)};
  };
  return {std::vector<Point>{tail, tip}, std::vector<Point>{barb(1), tip, barb(-1)}};
}

void draw_score(Drawing& drawing, const Panel& panel, const PlaneFrame& frame) {
  panel.frame(drawing);
  for (const MassContour& contour : frame.contours) {
    Lines lines{.lines = {}, .color = mix({150, 155, 165}, {225, 228, 233}, contour.mass), .width = 0.9};
    for (const auto& path : contour.paths) {
      std::vector<Point> line;
      for (const Point& point : path) {
        if (shown(point.x, point.y)) {
          line.push_back(panel.at(point.x, point.y));
        } else if (!line.empty()) {
          lines.lines.push_back(std::move(line));
          line.clear();
        }
      }
      if (!line.empty()) lines.lines.push_back(std::move(line));
    }
    drawing.shapes.push_back(std::move(lines));
  }
  for (const bool faint : {true, false}) {
    Lines arrows{.lines = {}, .color = faint ? kFaintArrow : kInk, .width = 1};
    for (const Arrow& arrow : frame.arrows) {
      if (arrow.faint != faint) continue;
      for (std::vector<Point>& line : arrow_lines(panel, arrow)) arrows.lines.push_back(std::move(line));
    }
    drawing.shapes.push_back(std::move(arrows));
  }
}

/// Names below the points, with a line up to each lobe; above them where two names would meet.
void draw_lobes(Drawing& drawing, const Panel& panel, const Plane& plane, const std::vector<Lobe>& lobes) {
  constexpr double kNameWidth = 100;
  double last = -kPanel;
  for (const Lobe& lobe : lobes) {
    const double x = (lobe.at.x - plane.mean[0]) / plane.deviation[0];
    const double y = (lobe.at.y - plane.mean[1]) / plane.deviation[1];
    const double across =
        std::clamp((x + kPlaneView) / (2 * kPlaneView) * kPanel, kNameWidth / 2, kPanel - kNameWidth / 2);
    const bool above = std::abs(across - last) < kNameWidth;
    last = across;
    drawing.shapes.push_back(
        Lines{{{panel.at(x, y), panel.inside(across, above ? 24 : kPanel - 24)}}, kInk, 0.9});
    drawing.shapes.push_back(Dots{{panel.at(x, y)}, kInk, 3});
    drawing.shapes.push_back(Text{lobe.text, panel.inside(across, above ? 18 : kPanel - 10), 14, 0.5, kInk});
  }
}

void draw_column_title(Drawing& drawing, const Panel& panel, const PlaneFrame& frame) {
  drawing.shapes.push_back(Text{cat("t = ", frame.timestep), panel.inside(kPanel / 2, -26), 18, 0.5, kInk});
  drawing.shapes.push_back(Text{cat("alpha bar = ", fixed(frame.signal * frame.signal, 3), ",  x_t = ",
                                    fixed(frame.signal, 2), " x_0 + ", fixed(frame.noise, 2), " ε"),
                                panel.inside(kPanel / 2, -8), 12.5, 0.5, kQuiet});
}

}  // namespace

Drawing make_figure(const Plane& plane, const std::vector<Lobe>& lobes) {
  Drawing drawing;
  drawing.width = std::max(kNarrowest, kLeft + static_cast<double>(plane.frames.size()) * (kPanel + kGap));
  drawing.height = kTop + 3 * (kPanel + kGap) - kGap + kBottom;
  drawing.shapes.push_back(Text{kTitle, {kLeft, 30}, 18, 0, kInk});
  drawing.shapes.push_back(Text{kRows, {kLeft, 52}, 13, 0, kQuiet});
  for (std::size_t column = 0; column < plane.frames.size(); ++column) {
    const PlaneFrame& frame = plane.frames[column];
    draw_column_title(drawing, Panel(column, 0), frame);
    draw_points(drawing, Panel(column, 0), frame);
    draw_surface(drawing, Panel(column, 1), frame);
    draw_score(drawing, Panel(column, 2), frame);
  }
  if (!plane.frames.empty() && plane.frames.front().timestep == 0)
    draw_lobes(drawing, Panel(0, 0), plane, lobes);
  const std::array<const char*, 3> names = {"x_t", "q(x_t)", "∇ log q"};
  for (std::size_t row = 0; row < names.size(); ++row)
    drawing.shapes.push_back(Text{names[row], Panel(0, row).inside(-kLeft + 8, 14), 12.5, 0, kQuiet});
  return drawing;
}

}  // namespace glyffuser

// scripts/fixtures/umap.py made the fixtures.
#include "glyffuser/umap/contours.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace glyffuser {
namespace {

using nlohmann::json;

torch::Tensor table(const json& values, std::int64_t nx, std::int64_t ny) {
  return torch::tensor(values.get<std::vector<double>>(), torch::kFloat64).view({ny, nx});
}

double length(const std::vector<Point>& line) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i)
    sum += std::hypot(line[i + 1].x - line[i].x, line[i + 1].y - line[i].y);
  return sum;
}

std::vector<Point> sorted_points(const std::vector<std::vector<Point>>& lines) {
  std::vector<Point> points;
  for (const auto& line : lines) {
    // A closed line's first point is its last too and counts once.
    const bool closed = line.size() > 2 && line.front() == line.back();
    points.insert(points.end(), line.begin() + (closed ? 1 : 0), line.end());
  }
  const auto key = [](const Point& p) { return std::pair(std::llround(p.x * 1e6), std::llround(p.y * 1e6)); };
  std::sort(points.begin(), points.end(), [&](const Point& a, const Point& b) { return key(a) < key(b); });
  return points;
}

TEST(ContoursTest, AreThoseOfContourpy) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/umap/contours.json");
  for (const json& example : json::parse(file)) {
    SCOPED_TRACE(example["name"].get<std::string>());
    Lattice lattice{.x0 = example["x0"], .y0 = example["y0"], .step = example["step"]};
    lattice.nx = example["nx"];
    lattice.ny = example["ny"];
    const torch::Tensor values = table(example["values"], lattice.nx, lattice.ny);
    for (const json& expected : example["levels"]) {
      const auto lines = contour_lines(lattice, values, expected["level"]);
      ASSERT_EQ(lines.size(), expected["lines"].size());
      std::vector<std::vector<Point>> wanted;
      std::vector<double> lengths, wanted_lengths;
      for (const json& line : expected["lines"]) {
        wanted.emplace_back();
        for (const json& point : line) wanted.back().push_back({point[0], point[1]});
        wanted_lengths.push_back(length(wanted.back()));
      }
      for (const auto& line : lines) lengths.push_back(length(line));
      std::sort(lengths.begin(), lengths.end());
      std::sort(wanted_lengths.begin(), wanted_lengths.end());
      for (std::size_t i = 0; i < lengths.size(); ++i) EXPECT_NEAR(lengths[i], wanted_lengths[i], 1e-4);
      const std::vector<Point> found = sorted_points(lines), points = sorted_points(wanted);
      ASSERT_EQ(found.size(), points.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_NEAR(found[i].x, points[i].x, 2e-6);
        EXPECT_NEAR(found[i].y, points[i].y, 2e-6);
      }
    }
  }
}

TEST(ContoursTest, AHillHasOneClosedLine) {
  const Lattice lattice{.x0 = -1, .y0 = -1, .step = 0.05, .nx = 41, .ny = 41};
  const torch::Tensor squares = lattice.xs().square().unsqueeze(0) + lattice.ys().square().unsqueeze(1);
  const auto lines = contour_lines(lattice, -squares, -0.25);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].front(), lines[0].back());
  for (const Point& point : lines[0]) EXPECT_NEAR(std::hypot(point.x, point.y), 0.5, 2e-3);
}

TEST(ContoursTest, FlatValuesHaveNone) {
  const Lattice lattice{.x0 = 0, .y0 = 0, .step = 1, .nx = 5, .ny = 4};
  EXPECT_TRUE(contour_lines(lattice, torch::zeros({4, 5}, torch::kFloat64), 0).empty());
  EXPECT_TRUE(contour_lines(lattice, torch::zeros({4, 5}, torch::kFloat64), 1).empty());
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/curves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace glyffuser {
namespace {

constexpr double kHalfLife = 1.0 / 40;  // of the values so far
constexpr double kShortest = 0.25;      // values: hardly any smoothing while the curve falls steeply

/// Adds where `curve` is least and greatest between `first` and `last`.
void add_extremes(const std::vector<double>& curve, std::size_t first, std::size_t last,
                  std::set<std::size_t>& kept) {
  std::size_t least = last, greatest = last;
  for (std::size_t i = first; i < last; ++i) {
    if (!std::isfinite(curve[i])) continue;
    if (least == last || curve[i] < curve[least]) least = i;
    if (greatest == last || curve[i] > curve[greatest]) greatest = i;
  }
  if (least == last) return;
  kept.insert(least);
  kept.insert(greatest);
}

}  // namespace

std::vector<double> smoothed(const std::vector<double>& values) {
  std::vector<double> result;
  result.reserve(values.size());
  double average = std::numeric_limits<double>::quiet_NaN();
  double seen = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      const double half_life = std::max(kShortest, seen * kHalfLife);
      average = seen == 0 ? value : average + (1 - std::exp2(-1 / half_life)) * (value - average);
      seen += 1;
    }
    result.push_back(average);
  }
  return result;
}

std::vector<std::size_t> thinned(const std::vector<std::vector<double>>& curves, std::size_t limit) {
  const std::size_t count = curves.empty() ? 0 : curves.front().size();
  if (count <= limit) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::set<std::size_t> kept = {0, count - 1};
  const std::size_t stretches = std::max<std::size_t>(1, limit / (2 * curves.size()));
  for (std::size_t stretch = 0; stretch < stretches; ++stretch) {
    for (const auto& curve : curves)
      add_extremes(curve, stretch * count / stretches, (stretch + 1) * count / stretches, kept);
  }
  return {kept.begin(), kept.end()};
}

}  // namespace glyffuser

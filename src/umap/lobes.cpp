#include "glyffuser/umap/lobes.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/umap/density.hpp"

namespace glyffuser {
namespace {

constexpr std::size_t kFewestOfALayout = 20;
constexpr std::int64_t kFewestPoints = 100;

/// Depth of the deepest gap in profiles [N,P]: 1 where the middle half has a place without ink, 0 where it
/// has as much as the mean. Glyphs without ink have none.
torch::Tensor deepest_gap(const torch::Tensor& profiles) {
  const std::int64_t side = profiles.size(1);
  const torch::Tensor middle = profiles.narrow(1, side / 4, side - 2 * (side / 4));
  const torch::Tensor mean = profiles.mean(1);
  return torch::where(mean > 0, 1 - middle.amin(1) / mean.clamp_min(1e-6), 0.0).clamp(0, 1);
}

/// Where the glyphs of a choice are densest on the map.
Point densest(const torch::Tensor& places, const torch::Tensor& chosen) {
  const torch::Tensor points = places.index_select(0, chosen).to(torch::kFloat64);
  const double deviation = std::max(1e-6, points.std(0).mean().item<double>());
  const double width = deviation * scott_bandwidth(points.size(0));
  const Lattice lattice = lattice_around(points, width, 100);
  const auto best = density_on(lattice, points, width).argmax().item<std::int64_t>();
  return {lattice.x0 + lattice.step * static_cast<double>(best % lattice.nx),
          lattice.y0 + lattice.step * static_cast<double>(best / lattice.nx)};
}

torch::Tensor of_layout(const CharacterFacts& facts, const std::string& sign) {
  std::vector<std::int64_t> chosen;
  for (std::size_t i = 0; i < facts.layouts.size(); ++i) {
    if (facts.layout_names[static_cast<std::size_t>(facts.layouts[i])].starts_with(sign))
      chosen.push_back(static_cast<std::int64_t>(i));
  }
  return torch::tensor(chosen, torch::kInt64);
}

// Pictures of anything else have gaps too, but no parts that are set side by side.
bool mostly_han(const CharacterFacts& facts) {
  const auto han = std::count_if(facts.blocks.begin(), facts.blocks.end(), [&](int block) {
    return facts.block_names[static_cast<std::size_t>(block)].starts_with("CJK");
  });
  return 2 * static_cast<std::size_t>(han) > facts.blocks.size();
}

}  // namespace

torch::Tensor side_by_side(const torch::Tensor& pooled_pixels) {
  const auto side = std::lround(std::sqrt(static_cast<double>(pooled_pixels.size(1))));
  const torch::Tensor ink = pooled_pixels.view({-1, side, side});
  return deepest_gap(ink.sum(1)) - deepest_gap(ink.sum(2));
}

std::vector<Lobe> find_lobes(const torch::Tensor& pooled_pixels, const torch::Tensor& places,
                             const CharacterFacts& facts) {
  const std::int64_t count = places.size(0);
  if (count < kFewestPoints) return {};
  torch::Tensor left_right = of_layout(facts, "⿰"), top_bottom = of_layout(facts, "⿱");
  if (left_right.numel() < static_cast<std::int64_t>(kFewestOfALayout) ||
      top_bottom.numel() < static_cast<std::int64_t>(kFewestOfALayout)) {
    if (!mostly_han(facts)) return {};
    const torch::Tensor order = side_by_side(pooled_pixels).argsort(/*stable=*/true, 0, /*descending=*/true);
    left_right = order.narrow(0, 0, count / 4);
    top_bottom = order.narrow(0, count - count / 4, count / 4);
  }
  const Point a = densest(places, left_right), b = densest(places, top_bottom);
  const double deviation = places.to(torch::kFloat64).std(0).mean().item<double>();
  if (!(std::hypot(a.x - b.x, a.y - b.y) > deviation)) return {};
  return {{a, "side by side"}, {b, "stacked"}};
}

}  // namespace glyffuser

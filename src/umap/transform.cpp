#include "glyffuser/umap/transform.hpp"

#include <cmath>

namespace glyffuser {
namespace {

constexpr int kHalvings = 64;
// Of the farthest neighbour's distance; features of one picture in batches of two sizes differ by rounding.
constexpr double kSamePoint = 1e-5;

/// Sigma of each row [Q,1], by bisection: the sum of the weights grows with it.
torch::Tensor bandwidths(const torch::Tensor& distance) {
  const double wanted = std::log2(static_cast<double>(distance.size(1)));
  torch::Tensor low = torch::zeros({distance.size(0), 1}, torch::kFloat64);
  // With k > 1 weights exp(-d / sigma) the sum exceeds log2(k) at the latest where all are near 1.
  torch::Tensor high = distance.amax(1, true) * 1e3 + 1e-12;
  for (int i = 0; i < kHalvings; ++i) {
    const torch::Tensor middle = (low + high) / 2;
    const torch::Tensor too_small = (-distance / middle).exp().sum(1, true) < wanted;
    low = torch::where(too_small, middle, low);
    high = torch::where(too_small, high, middle);
  }
  return high;
}

}  // namespace

torch::Tensor places_among(const Neighbours& nearest, const torch::Tensor& places) {
  const torch::Tensor distance = nearest.distance.to(torch::kFloat64);
  // Relative to the nearest, so that the weights of a far point do not all vanish; the factor cancels.
  const torch::Tensor relative = distance - distance.amin(1, true);
  torch::Tensor weights = (-relative / bandwidths(distance)).exp();
  const torch::Tensor coincides = distance.narrow(1, 0, 1) <= kSamePoint * distance.amax(1, true);
  torch::Tensor only_first = torch::zeros_like(weights);
  only_first.narrow(1, 0, 1).fill_(1);
  weights = torch::where(coincides, only_first, weights);
  weights = weights / weights.sum(1, true);
  const torch::Tensor around =
      places.to(torch::kFloat64).index_select(0, nearest.index.flatten()).view({-1, nearest.count(), 2});
  return (weights.unsqueeze(2) * around).sum(1).to(torch::kFloat32);
}

}  // namespace glyffuser

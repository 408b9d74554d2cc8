#include "glyffuser/umap/quality.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/data/sample_order.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kQueriesAtOnce = 100;
constexpr std::int64_t kTriplets = 100;  // per query

/// Distances [q,N] of some points from all, float64; of a point from itself infinite.
torch::Tensor distances(const torch::Tensor& points, const torch::Tensor& rows) {
  torch::Tensor table = torch::cdist(points.index_select(0, rows), points);
  return table.scatter_(1, rows.unsqueeze(1), std::numeric_limits<float>::infinity()).to(torch::kFloat64);
}

/// Place of every point in each query's order, 1 for the nearest: int64 [q,N].
torch::Tensor ranks(const torch::Tensor& table) {
  const torch::Tensor order = std::get<1>(table.sort(/*stable=*/std::optional<bool>(true), 1));
  const torch::Tensor places =
      torch::arange(1, table.size(1) + 1, torch::kInt64).unsqueeze(0).expand_as(order).contiguous();
  return torch::empty_like(order).scatter_(1, order, places);
}

double ordered_triplets(const torch::Tensor& in_space, const torch::Tensor& on_map,
                        const torch::Generator& generator) {
  const auto draw = [&] {
    return torch::randint(in_space.size(1), {in_space.size(0), kTriplets}, generator, torch::kInt64);
  };
  const torch::Tensor a = draw(), b = draw();
  const torch::Tensor space_a = in_space.gather(1, a), space_b = in_space.gather(1, b);
  const torch::Tensor map_a = on_map.gather(1, a), map_b = on_map.gather(1, b);
  const torch::Tensor counts = (a != b).logical_and(space_a.isfinite()).logical_and(space_b.isfinite());
  const torch::Tensor agree = ((space_a < space_b) == (map_a < map_b)).logical_and(counts);
  return agree.sum().item<double>() / std::max(1.0, counts.sum().item<double>());
}

}  // namespace

Quality measure_quality(const torch::Tensor& points, const torch::Tensor& places, std::int64_t k,
                        std::int64_t queries, std::uint64_t seed, const ShareSink& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t size = points.size(0);
  Quality quality;
  quality.k = std::max<std::int64_t>(1, std::min(k, (size - 1) / 2));
  quality.queries = std::min(queries, size);
  const torch::Tensor chosen =
      torch::tensor(permutation(size, derive_seed(seed, "umap queries", 0)), torch::kInt64)
          .narrow(0, 0, quality.queries);
  const torch::Generator generator =
      at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, "umap triplets", 0));
  double excess = 0, kept = 0, ordered = 0;
  for (std::int64_t first = 0; first < quality.queries; first += kQueriesAtOnce) {
    const torch::Tensor rows = chosen.narrow(0, first, std::min(kQueriesAtOnce, quality.queries - first));
    const torch::Tensor in_space = distances(points, rows), on_map = distances(places, rows);
    const torch::Tensor shown = std::get<1>(on_map.topk(quality.k, 1, false, true));
    const torch::Tensor over = (ranks(in_space).gather(1, shown) - quality.k).clamp_min(0);
    excess += over.sum().item<double>();
    kept += (over == 0).sum().item<double>();
    ordered += ordered_triplets(in_space, on_map, generator) * static_cast<double>(rows.size(0));
    if (progress) progress(static_cast<double>(first) / static_cast<double>(quality.queries));
  }
  const auto count = static_cast<double>(quality.queries), neighbours = static_cast<double>(quality.k);
  const double worst = neighbours * (2 * static_cast<double>(size) - 3 * neighbours - 1) / 2;
  quality.trustworthiness = 1 - excess / (count * worst);
  quality.neighbours_kept = kept / (count * neighbours);
  quality.triplet_order = ordered / count;
  return quality;
}

}  // namespace glyffuser

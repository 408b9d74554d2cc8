#include "glyffuser/umap/neighbours.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <vector>

#include "glyffuser/core/disjoint_sets.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kDistanceBytes = std::int64_t{64} << 20;
// More candidates than asked for: their order comes from products in float32, whose error could exchange
// close ones, and is put right by the exact distances.
constexpr std::int64_t kSpare = 8;

/// Squared distances [q,N] up to a constant per query, from |b|² - 2ab.
torch::Tensor relative_distances(const torch::Tensor& queries, const torch::Tensor& points,
                                 const torch::Tensor& squares) {
  return torch::addmm(squares.unsqueeze(0), queries, points.t(), /*beta=*/1, /*alpha=*/-2);
}

/// Candidates int64 [q,c] with their exact distances, the k nearest kept in order.
void refine(const torch::Tensor& queries, const torch::Tensor& points, const torch::Tensor& candidates,
            torch::Tensor index, torch::Tensor distance) {
  const std::int64_t k = index.size(1);
  // By index first: the stable sort by distance then leaves equal ones in that order.
  const torch::Tensor by_index = std::get<0>(candidates.sort(1));
  std::vector<torch::Tensor> exact;
  for (std::int64_t i = 0; i < by_index.size(1); ++i)
    exact.push_back((points.index_select(0, by_index.select(1, i)) - queries).norm(2, 1));
  const auto [sorted, order] = torch::stack(exact, 1).sort(/*stable=*/std::optional<bool>(true), 1);
  index.copy_(by_index.gather(1, order).narrow(1, 0, k));
  distance.copy_(sorted.narrow(1, 0, k));
}

}  // namespace

Neighbours nearest_neighbours(const torch::Tensor& queries, const torch::Tensor& points, std::int64_t k,
                              bool skip_own, const ShareSink& progress) {
  const std::int64_t count = queries.size(0), size = points.size(0);
  const std::int64_t available = skip_own ? size - 1 : size;
  if (k < 1 || k > available) throw std::invalid_argument("there are fewer points than neighbours asked for");
  const torch::NoGradGuard no_grad;
  // Around their middle the products are smaller and lose fewer digits.
  const torch::Tensor middle = points.mean(0, true);
  const torch::Tensor centred = points - middle;
  const torch::Tensor moved = skip_own ? centred : queries - middle;
  const torch::Tensor squares = centred.square().sum(1);
  Neighbours found{torch::empty({count, k}, torch::kInt64), torch::empty({count, k}, torch::kFloat32)};
  const std::int64_t block = std::max<std::int64_t>(1, kDistanceBytes / 4 / size);
  for (std::int64_t first = 0; first < count; first += block) {
    const std::int64_t rows = std::min(block, count - first);
    const torch::Tensor here = moved.narrow(0, first, rows);
    torch::Tensor distances = relative_distances(here, centred, squares);
    if (skip_own) distances.diagonal(first).fill_(std::numeric_limits<float>::infinity());
    const torch::Tensor candidates =
        std::get<1>(distances.topk(std::min(k + kSpare, available), 1, /*largest=*/false, /*sorted=*/false));
    refine(here, centred, candidates, found.index.narrow(0, first, rows),
           found.distance.narrow(0, first, rows));
    if (progress) progress(static_cast<double>(first + rows) / static_cast<double>(count));
  }
  return found;
}

std::int64_t graph_components(const Neighbours& neighbours) {
  const auto index = neighbours.index.accessor<std::int64_t, 2>();
  DisjointSets sets(static_cast<std::size_t>(index.size(0)));
  std::int64_t components = index.size(0);
  for (std::int64_t i = 0; i < index.size(0); ++i) {
    for (std::int64_t j = 0; j < index.size(1); ++j) {
      if (sets.join(static_cast<std::size_t>(i), static_cast<std::size_t>(index[i][j]))) --components;
    }
  }
  return components;
}

}  // namespace glyffuser

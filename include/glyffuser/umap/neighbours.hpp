#pragma once
// Exact nearest neighbours by Euclidean distance.

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace glyffuser {

struct Neighbours {
  torch::Tensor index;     ///< int64 [Q,k], rows of the points
  torch::Tensor distance;  ///< float32 [Q,k], ascending; equal ones by index

  std::int64_t count() const { return index.size(1); }
};

/// Told the share that is done, 0 … 1; may throw to stop.
using ShareSink = std::function<void(double share)>;

/// The k points nearest to each query: queries float [Q,D], points float [N,D] on one device, the result on
/// the CPU. With `skip_own` query i is point i and not its own neighbour. Distances of the block of queries
/// that is worked on take up to 64 MB. Throws std::invalid_argument unless 1 <= k <= N (N - 1 with skip_own).
Neighbours nearest_neighbours(const torch::Tensor& queries, const torch::Tensor& points, std::int64_t k,
                              bool skip_own, const ShareSink& progress = {});

/// The number of connected parts of the graph in which each point is joined with its neighbours (Q = N).
std::int64_t graph_components(const Neighbours& neighbours);

}  // namespace glyffuser

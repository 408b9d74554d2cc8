#pragma once
// How much of a space of features survives on a map of it.

#include <torch/types.h>

#include <cstdint>

#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

struct Quality {
  /// 1 if the map shows no false neighbours (Venna & Kaski 2001, equation 1), averaged over the queries.
  double trustworthiness = 0;
  /// Share of the k nearest in the space that are among the k nearest on the map.
  double neighbours_kept = 0;
  /// Share of pairs (a, b) at random of which the one that is nearer to a query in the space is nearer on the
  /// map; 0.5 is chance.
  double triplet_order = 0;
  std::int64_t queries = 0;
  std::int64_t k = 0;
};

/// Of a map, float [N,2], of points, float [N,D]; `queries` of them, drawn by `seed`, or all if there are
/// fewer. k is lowered to (N - 1) / 2, below which the trustworthiness is defined. N >= 4.
Quality measure_quality(const torch::Tensor& points, const torch::Tensor& places, std::int64_t k,
                        std::int64_t queries, std::uint64_t seed, const ShareSink& progress = {});

}  // namespace glyffuser

#pragma once
// Places on the map by UMAP (McInnes, Healy & Melville 2018, arXiv 1802.03426), as umappp computes it from
// the neighbours of each point. One thread and fixed seeds: equal input gives equal bytes on one machine.

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

struct LayoutOptions {
  double min_dist = 0.1;
  std::optional<std::int64_t> epochs;  ///< 500 up to 10,000 points, then fewer down to 200, if not given
  std::uint64_t seed = 0;
};

struct Layout {
  torch::Tensor places;        ///< float32 [N,2]
  std::string initialisation;  ///< what the layout began from: "spectral" or "principal components"
  std::int64_t epochs = 0;
};

/// The layout of N >= 3 points whose neighbours are known. It begins from the graph's spectrum. `fallback`,
/// float32 [N,2], is where it begins instead if the graph has several components or fewer than 20 points, or
/// the spectrum does not converge; scaled to 10 at most and jittered, so that duplicates can part. The
/// callback may throw to stop.
Layout lay_out(const Neighbours& neighbours, const torch::Tensor& fallback, const LayoutOptions& options,
               const ShareSink& progress = {});

/// "3.2.0".
std::string umappp_version();

}  // namespace glyffuser

#pragma once
// New points on a finished map: the first three steps of umap-learn's and uwot's transform (umappp issue 9),
// without the stochastic descent that would follow. So a place depends on its point alone, and always lies
// within the map: noise cannot leave it, which the page has to say.

#include <torch/types.h>

#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

/// float32 [Q,2]: the mean of the places, float32 [N,2], of each query's nearest points, weighted by
/// exp(-d / sigma) with sigma such that the weights sum up to log2(k). A query that coincides with a point
/// (but for rounding) lies on its place.
torch::Tensor places_among(const Neighbours& nearest, const torch::Tensor& places);

}  // namespace glyffuser

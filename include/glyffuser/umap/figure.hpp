#pragma once
// The article's figure of the map under noise: columns are time steps; rows the points, their density as a
// surface, and the score over contours.

#include "glyffuser/image/drawing.hpp"
#include "glyffuser/umap/lobes.hpp"
#include "glyffuser/umap/plane.hpp"

namespace glyffuser {

/// Names the lobes in the first column if there are any, and says in words that the plane diffuses, not the
/// glyphs.
Drawing make_figure(const Plane& plane, const std::vector<Lobe>& lobes);

}  // namespace glyffuser

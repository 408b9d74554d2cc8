#pragma once
// Lines of equal value on a lattice by marching squares (Lorensen & Cline 1987, in two dimensions).

#include <torch/types.h>

#include <vector>

#include "glyffuser/image/drawing.hpp"
#include "glyffuser/umap/density.hpp"

namespace glyffuser {

/// The lines on which values, float64 [ny,nx], cross `level`, interpolated along the lattice's edges; the
/// first point of a closed line is also its last. A square with two opposite corners above the level is
/// settled by the mean of its corners. Values equal to the level count as above it.
std::vector<std::vector<Point>> contour_lines(const Lattice& lattice, const torch::Tensor& values,
                                              double level);

}  // namespace glyffuser

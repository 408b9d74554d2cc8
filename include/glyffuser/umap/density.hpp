#pragma once
// The density of points in the plane as a mixture of one Gaussian per point, and its score. The mixture's
// width is the same along both axes.

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace glyffuser {

/// Scott's rule in two dimensions, in standard deviations: N^(-1/6).
double scott_bandwidth(std::int64_t count);

/// A square lattice: values are [ny,nx], column i at x0 + i step, row j at y0 + j step.
struct Lattice {
  double x0 = 0;
  double y0 = 0;
  double step = 1;
  std::int64_t nx = 0;
  std::int64_t ny = 0;

  torch::Tensor xs() const;  ///< float64 [nx]
  torch::Tensor ys() const;  ///< float64 [ny]
};

/// A lattice of about `across` places along the longer side, that reaches `margin` beyond the points.
Lattice lattice_around(const torch::Tensor& points, double margin, std::int64_t across);

/// The density at the lattice's places, float64 [ny,nx], of Gaussians of standard deviation `width` around
/// the points float64 [N,2]. Exact: one product of two matrices, as the Gaussian separates.
torch::Tensor density_on(const Lattice& lattice, const torch::Tensor& points, double width);

/// For each mass, 0 … 1, the density above which that share of the lattice's whole lies.
std::vector<double> mass_levels(const torch::Tensor& density, const std::vector<double>& masses);

struct Score {
  torch::Tensor log_density;  ///< float64 [Q]
  torch::Tensor gradient;     ///< float64 [Q,2], of the log density
};

/// Of the same mixture at places float64 [Q,2]. Exact also where the density itself is too small for a
/// double: the score does not vanish far from the points, it grows.
Score score_at(const torch::Tensor& at, const torch::Tensor& points, double width);

}  // namespace glyffuser

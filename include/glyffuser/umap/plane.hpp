#pragma once
// The article's illustration: the map's places, standardised, as data of two dimensions that diffuse. It
// shows what noise does to a density and to its score; it is not the diffusion of glyphs.

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "glyffuser/diffusion/noise_schedule.hpp"
#include "glyffuser/image/drawing.hpp"
#include "glyffuser/umap/density.hpp"

namespace glyffuser {

/// Lengths in standard deviations of the map.
struct PlaneOptions {
  std::vector<std::int64_t> timesteps;  ///< of 1000, of the linear schedule 1e-4 … 0.02
  std::optional<double> bandwidth;      ///< of the density at t = 0; Scott's if not given
  double score_epsilon = 0;             ///< shows the gradient of log(q + epsilon) instead of log q
  std::uint64_t seed = 0;
};

/// The contour of the densest part that holds this share of the whole.
struct MassContour {
  double mass = 0;
  std::vector<std::vector<Point>> paths;  ///< closed ones end where they begin
};

/// The score at one place, shortened for drawing: it saturates at the arrows' distance.
struct Arrow {
  Point at;
  double u = 0;
  double v = 0;
  bool faint = false;  ///< outside 99 % of the mass
};

/// x_t = signal x_0 + noise epsilon, of which the density is exactly a mixture of Gaussians of one width.
struct PlaneFrame {
  std::int64_t timestep = 0;
  double signal = 1;
  double noise = 0;
  double bandwidth = 0;  ///< of the mixture: sqrt(signal² h² + noise²) with h that of t = 0
  torch::Tensor points;  ///< float64 [N,2], x_t with one draw of epsilon
  Lattice lattice;
  torch::Tensor density;  ///< float64 [ny,nx]
  std::vector<MassContour> contours;
  std::vector<Arrow> arrows;
};

struct Plane {
  double mean[2] = {0, 0};
  double deviation[2] = {1, 1};  ///< 1 where all places agree
  std::vector<PlaneFrame> frames;
};

/// Half the side of the square, around the mean, that the arrows fill and that pictures show.
constexpr double kPlaneView = 3.2;

/// The article's: 1000 steps, betas linear from 1e-4 to 0.02 (Ho et al. 2020).
NoiseSchedule plane_schedule();

/// Of places float [N,2], N >= 2.
Plane make_plane(const torch::Tensor& places, const PlaneOptions& options);

}  // namespace glyffuser

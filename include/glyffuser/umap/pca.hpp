#pragma once
// Principal components (Pearson 1901) of many points, by the eigenvectors of their covariance.

#include <torch/types.h>

#include <cstdint>

namespace glyffuser {

struct Pca {
  torch::Tensor mean;  ///< float32 [1,D]
  torch::Tensor
      directions;   ///< float32 [D,C], orthonormal, by falling variance; the largest entry is positive
  double kept = 1;  ///< share of the variance along them; 1 if there is none at all

  /// float32 [M,C] of points [M,D].
  torch::Tensor project(const torch::Tensor& points) const;
};

/// Of points float32 [N,D]; at most min(N, D) components.
Pca fit_pca(const torch::Tensor& points, std::int64_t components);

}  // namespace glyffuser

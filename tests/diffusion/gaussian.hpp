#pragma once
// Data for which everything is known: every pixel is normal with mean 0, so the best denoiser is linear and
// the equations that solvers solve have closed solutions.

#include <torch/types.h>

#include <cmath>

namespace glyffuser::testing {

struct GaussianData {
  double deviation = 0.5;

  /// The mean of x_0 given x_t = (x_0 + sigma noise) / sqrt(1 + sigma^2).
  torch::Tensor original(const torch::Tensor& x, double sigma) const {
    return variance() * std::sqrt(1 + sigma * sigma) / (variance() + sigma * sigma) * x;
  }

  /// x_t of the probability flow at sigma `to` that was 1 at `from`: all x_t keep their quantile.
  double flow(double from, double to) const { return marginal(to) / marginal(from); }

  /// The deviation of x_t.
  double marginal(double sigma) const {
    return std::sqrt((variance() + sigma * sigma) / (1 + sigma * sigma));
  }

 private:
  double variance() const { return deviation * deviation; }
};

}  // namespace glyffuser::testing

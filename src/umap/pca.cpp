#include "glyffuser/umap/pca.hpp"

#include <algorithm>

namespace glyffuser {

torch::Tensor Pca::project(const torch::Tensor& points) const {
  return torch::matmul(points - mean, directions);
}

Pca fit_pca(const torch::Tensor& points, std::int64_t components) {
  const torch::NoGradGuard no_grad;
  Pca pca;
  pca.mean = points.mean(0, true);
  const torch::Tensor centred = points - pca.mean;
  const auto count = static_cast<double>(points.size(0));
  const torch::Tensor covariance = torch::matmul(centred.t(), centred).to(torch::kFloat64) / count;
  const auto [values, vectors] = torch::linalg_eigh(covariance);  // ascending
  const std::int64_t wanted = std::min({components, points.size(0), points.size(1)});
  const torch::Tensor chosen = vectors.narrow(1, vectors.size(1) - wanted, wanted).flip(1);
  // An eigenvector's sign is arbitrary, and another LAPACK may choose the other one.
  const torch::Tensor largest = chosen.gather(0, chosen.abs().argmax(0, true));
  pca.directions = (chosen * torch::where(largest < 0, -1.0, 1.0)).to(torch::kFloat32).contiguous();
  const double total = values.clamp_min(0).sum().item<double>();
  if (total > 0)
    pca.kept = values.narrow(0, values.size(0) - wanted, wanted).clamp_min(0).sum().item<double>() / total;
  return pca;
}

}  // namespace glyffuser

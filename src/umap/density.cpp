#include "glyffuser/umap/density.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace glyffuser {
namespace {

constexpr std::int64_t kBlockElements = std::int64_t{1} << 23;

torch::Tensor steps(double first, double step, std::int64_t count) {
  return first + step * torch::arange(count, torch::kFloat64);
}

/// exp(-((a - b) / width)² / 2) of all pairs: [A,B].
torch::Tensor kernel(const torch::Tensor& a, const torch::Tensor& b, double width) {
  return (-((a.unsqueeze(1) - b.unsqueeze(0)) / width).square() / 2).exp();
}

}  // namespace

double scott_bandwidth(std::int64_t count) {
  return std::pow(static_cast<double>(count), -1.0 / 6);
}

torch::Tensor Lattice::xs() const {
  return steps(x0, step, nx);
}

torch::Tensor Lattice::ys() const {
  return steps(y0, step, ny);
}

Lattice lattice_around(const torch::Tensor& points, double margin, std::int64_t across) {
  const torch::Tensor low = points.amin(0) - margin, high = points.amax(0) + margin;
  const double width = (high - low)[0].item<double>(), height = (high - low)[1].item<double>();
  Lattice lattice{.x0 = low[0].item<double>(), .y0 = low[1].item<double>()};
  lattice.step = std::max(width, height) / static_cast<double>(across - 1);
  lattice.nx = static_cast<std::int64_t>(std::ceil(width / lattice.step)) + 1;
  lattice.ny = static_cast<std::int64_t>(std::ceil(height / lattice.step)) + 1;
  return lattice;
}

torch::Tensor density_on(const Lattice& lattice, const torch::Tensor& points, double width) {
  const torch::Tensor along_x = kernel(points.select(1, 0), lattice.xs(), width);
  const torch::Tensor along_y = kernel(points.select(1, 1), lattice.ys(), width);
  const double scale = static_cast<double>(points.size(0)) * 2 * std::numbers::pi * width * width;
  return torch::matmul(along_y.t(), along_x) / scale;
}

std::vector<double> mass_levels(const torch::Tensor& density, const std::vector<double>& masses) {
  const torch::Tensor sorted = std::get<0>(density.flatten().sort(-1, /*descending=*/true));
  const torch::Tensor below = sorted.cumsum(0) / sorted.sum();
  std::vector<double> levels;
  for (const double mass : masses) {
    const std::int64_t place = (below < mass).sum().item<std::int64_t>();
    levels.push_back(sorted[std::min(place, sorted.size(0) - 1)].item<double>());
  }
  return levels;
}

Score score_at(const torch::Tensor& at, const torch::Tensor& points, double width) {
  const torch::NoGradGuard no_grad;
  const double variance = width * width;
  const double scale = std::log(static_cast<double>(points.size(0)) * 2 * std::numbers::pi * variance);
  const std::int64_t block = std::max<std::int64_t>(1, kBlockElements / points.size(0));
  std::vector<torch::Tensor> logs, gradients;
  for (std::int64_t first = 0; first < at.size(0); first += block) {
    const torch::Tensor here = at.narrow(0, first, std::min(block, at.size(0) - first));
    const torch::Tensor exponent = -((here.select(1, 0).unsqueeze(1) - points.select(1, 0)).square() +
                                     (here.select(1, 1).unsqueeze(1) - points.select(1, 1)).square()) /
                                   (2 * variance);
    // Both shift by the largest exponent first.
    logs.push_back(exponent.logsumexp(1) - scale);
    gradients.push_back((torch::matmul(exponent.softmax(1), points) - here) / variance);
  }
  return {torch::cat(logs), torch::cat(gradients)};
}

}  // namespace glyffuser

#include "glyffuser/umap/layout.hpp"

#include <algorithm>
#include <umappp/umappp.hpp>
#include <utility>
#include <vector>

#include "glyffuser/core/hash.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kFewestForSpectrum = 20;  // the eigenvectors of a smaller graph do not converge
constexpr double kExtent = 10;                   // of the first places, as umap-learn has it
constexpr double kJitter = 1e-4;

umappp::NeighborList<int, float> graph_of(const Neighbours& neighbours) {
  const auto index = neighbours.index.accessor<std::int64_t, 2>();
  const auto distance = neighbours.distance.accessor<float, 2>();
  umappp::NeighborList<int, float> graph(static_cast<std::size_t>(index.size(0)));
  for (std::int64_t i = 0; i < index.size(0); ++i) {
    auto& row = graph[static_cast<std::size_t>(i)];
    for (std::int64_t j = 0; j < index.size(1); ++j)
      row.emplace_back(static_cast<int>(index[i][j]), distance[i][j]);
  }
  return graph;
}

torch::Tensor first_places(const torch::Tensor& fallback, std::uint64_t seed) {
  const torch::Tensor centred = fallback.to(torch::kFloat32) - fallback.mean(0, true);
  const double largest = centred.abs().max().item<double>();
  const torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const torch::Tensor jitter = torch::randn(centred.sizes(), generator) * kJitter;
  return (centred * (largest > 0 ? kExtent / largest : 0.0) + jitter).contiguous();
}

umappp::Options options_of(const LayoutOptions& options) {
  umappp::Options out;
  out.min_dist = options.min_dist;
  if (options.epochs) out.num_epochs = static_cast<int>(*options.epochs);
  out.num_threads = 1;  // more threads spin on locks: 6 times slower on two cores
  out.initialize_random_on_spectral_fail = false;
  out.initialize_spectral_scale = kExtent;
  out.initialize_spectral_jitter = true;
  out.initialize_spectral_jitter_sd = kJitter;
  out.initialize_seed = derive_seed(options.seed, "umap spectrum", 0);
  out.optimize_seed = derive_seed(options.seed, "umap layout", 0);
  return out;
}

}  // namespace

Layout lay_out(const Neighbours& neighbours, const torch::Tensor& fallback, const LayoutOptions& options,
               const ShareSink& progress) {
  Layout layout;
  const torch::Tensor start = first_places(fallback, derive_seed(options.seed, "umap start", 0));
  layout.places = start.clone();
  umappp::Options settings = options_of(options);
  if (neighbours.index.size(0) < kFewestForSpectrum) settings.initialize_method = umappp::NONE;
  auto* places = layout.places.data_ptr<float>();
  auto status = umappp::initialize<int, float>(graph_of(neighbours), 2, places, settings);
  // umappp does not say whether the spectrum was found, but leaves the places alone where it was not.
  layout.initialisation = torch::equal(layout.places, start) ? "principal components" : "spectral";
  layout.epochs = status.num_epochs();
  while (status.epoch() < status.num_epochs()) {
    status.run(places, status.epoch() + 1);
    if (progress) progress(static_cast<double>(status.epoch()) / status.num_epochs());
  }
  return layout;
}

std::string umappp_version() {
  return GLYFFUSER_UMAPPP_VERSION;
}

}  // namespace glyffuser

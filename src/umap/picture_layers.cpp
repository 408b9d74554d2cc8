#include "glyffuser/umap/picture_layers.hpp"

#include <algorithm>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/sample_order.hpp"
#include "glyffuser/tensor/generator.hpp"
#include "glyffuser/umap/pixel_distances.hpp"
#include "glyffuser/umap/plane.hpp"
#include "glyffuser/umap/transform.hpp"

namespace glyffuser {
namespace {

constexpr double kOffQuantile = 0.99;

struct Batch {
  DistanceRow row;
  std::int64_t number = 0;
  torch::Tensor pictures;             // [B,1,S,S]
  std::vector<std::int64_t> sources;  // of the map points
  std::vector<std::int64_t> own;      // not counted as nearest, or -1
};

std::vector<std::int64_t> chosen_glyphs(const GlyphSet& glyphs, std::int64_t count, const char* stream,
                                        std::uint64_t seed) {
  const std::vector<std::int64_t>& training = glyphs.training();
  std::vector<std::int64_t> chosen;
  for (const std::int64_t place :
       permutation(static_cast<std::int64_t>(training.size()), derive_seed(seed, stream, 0))) {
    if (static_cast<std::int64_t>(chosen.size()) == count) break;
    chosen.push_back(training[static_cast<std::size_t>(place)]);
  }
  return chosen;
}

Batch real_batch(const GlyphSet& glyphs, const LayerOptions& options) {
  Batch batch;
  batch.row = {.group = "real", .name = "training glyphs", .to_mean = {}, .to_nearest = {}};
  batch.sources = batch.own = chosen_glyphs(glyphs, options.real_glyphs, "umap real", options.seed);
  batch.pictures = glyphs.images(batch.sources);
  return batch;
}

Batch noised_batch(const GlyphSet& glyphs, const LayerOptions& options, std::int64_t timestep) {
  Batch batch;
  batch.row = {.group = "noised", .name = cat("t = ", timestep), .to_mean = {}, .to_nearest = {}};
  batch.number = timestep;
  batch.sources = chosen_glyphs(glyphs, options.noised_glyphs, "umap noised", options.seed);
  batch.own.assign(batch.sources.size(), -1);
  std::vector<std::uint64_t> seeds;
  for (const std::int64_t glyph : batch.sources)
    seeds.push_back(derive_seed(options.seed, "umap noise", static_cast<std::uint64_t>(glyph)));
  ImageGenerators generators(seeds);
  const torch::Tensor pictures = glyphs.images(batch.sources);
  const Rates rates = plane_schedule().rates(timestep);
  batch.pictures = rates.signal * pictures +
                   rates.noise * generators.normal({1, glyphs.image_size(), glyphs.image_size()});
  return batch;
}

std::vector<Batch> make_batches(const GlyphSet& glyphs, const torch::Tensor& samples,
                                const LayerOptions& options) {
  std::vector<Batch> batches = {real_batch(glyphs, options)};
  for (const std::int64_t timestep : options.timesteps) {
    if (timestep > 0 && options.noised_glyphs > 0) batches.push_back(noised_batch(glyphs, options, timestep));
  }
  if (!samples.defined()) return batches;
  const auto groups = static_cast<std::int64_t>(options.sample_steps.size());
  const std::int64_t each = samples.size(0) / groups;
  for (std::int64_t group = 0; group < groups; ++group) {
    Batch batch;
    batch.number = options.sample_steps[static_cast<std::size_t>(group)];
    batch.row = {.group = "generated",
                 .name = cat(batch.number, batch.number == 1 ? " step" : " steps"),
                 .to_mean = {},
                 .to_nearest = {}};
    batch.pictures = samples.narrow(0, group * each, each);
    for (std::int64_t i = 0; i < each; ++i) batch.sources.push_back(group * each + i);
    batch.own.assign(batch.sources.size(), -1);
    batches.push_back(std::move(batch));
  }
  return batches;
}

std::array<double, 5> quantiles(const torch::Tensor& values) {
  static const torch::Tensor kShares = torch::tensor({0.05, 0.25, 0.5, 0.75, 0.95}, torch::kFloat64);
  const torch::Tensor found = values.to(torch::kFloat64).quantile(kShares);
  std::array<double, 5> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = found[static_cast<std::int64_t>(i)].item<double>();
  return out;
}

/// Real glyphs' distances from their nearest neighbours, 0 if there is no other picture: float64.
torch::Tensor typical_distances(const torch::Tensor& to_nearest) {
  const torch::Tensor found = to_nearest.to(torch::kFloat64);
  return torch::where(found.isfinite(), found, 0.0);
}

PictureGroup on_map(const Batch& batch, const FeatureSpace& features, const torch::Tensor& places,
                    std::int64_t k, const torch::Tensor& off) {
  const Neighbours nearest =
      nearest_neighbours(features.of_pictures(batch.pictures), features.values, k, /*skip_own=*/false);
  const torch::Tensor at = places_among(nearest, places);
  PictureGroup group{.number = batch.number, .points = {}};
  for (std::int64_t i = 0; i < at.size(0); ++i)
    group.points.push_back({{at[i][0].item<double>(), at[i][1].item<double>()},
                            batch.sources[static_cast<std::size_t>(i)],
                            off[i].item<bool>()});
  return group;
}

}  // namespace

PictureLayers make_picture_layers(const GlyphSet& glyphs, const FeatureSpace& features,
                                  const torch::Tensor& places, const torch::Tensor& samples,
                                  const LayerOptions& options, const ShareSink& progress) {
  PictureLayers layers;
  if (glyphs.training().size() < 2) return layers;
  const torch::NoGradGuard no_grad;
  std::vector<Batch> batches = make_batches(glyphs, samples, options);
  std::vector<torch::Tensor> pictures;
  std::vector<std::int64_t> own;
  for (const Batch& batch : batches) {
    pictures.push_back(batch.pictures);
    own.insert(own.end(), batch.own.begin(), batch.own.end());
  }
  const PixelDistances distances = pixel_distances(glyphs, torch::cat(pictures), own, progress);
  const torch::Tensor typical =
      typical_distances(distances.to_nearest.narrow(0, 0, batches[0].pictures.size(0)));
  layers.unit = typical.median().item<double>();
  if (layers.unit == 0)
    log::warning("hardly any two pictures differ: distances in the space of pixels are left out");
  const double far = typical.quantile(kOffQuantile).item<double>();
  std::int64_t first = 0;
  for (Batch& batch : batches) {
    const std::int64_t count = batch.pictures.size(0);
    const torch::Tensor to_nearest = distances.to_nearest.narrow(0, first, count);
    if (layers.unit > 0) {
      batch.row.to_mean = quantiles(distances.to_mean.narrow(0, first, count) / layers.unit);
      batch.row.to_nearest = quantiles(to_nearest / layers.unit);
      layers.distances.push_back(batch.row);
    }
    first += count;
    if (!features.of_pictures || batch.row.group == "real") continue;
    auto& groups = batch.row.group == "noised" ? layers.noised : layers.samples;
    groups.push_back(
        on_map(batch, features, places, std::min(options.n_neighbors, glyphs.size()), to_nearest > far));
  }
  if (samples.defined())
    layers.sample_ink = ((1 - samples.squeeze(1).clamp(-1, 1)) * 127.5).round().to(torch::kUInt8);
  return layers;
}

}  // namespace glyffuser

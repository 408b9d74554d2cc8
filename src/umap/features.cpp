#include "glyffuser/umap/features.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/encoder/caption_states.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/umap/map_model.hpp"
#include "glyffuser/umap/pca.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kPooledSide = 32;
constexpr std::int64_t kGlyphsAtOnce = 512;

/// of(pictures) for all glyphs, block by block.
torch::Tensor for_all(const GlyphSet& glyphs, const std::function<torch::Tensor(const torch::Tensor&)>& of,
                      const ShareSink& progress = {}) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> parts;
  for (std::int64_t first = 0; first < glyphs.size(); first += kGlyphsAtOnce) {
    std::vector<std::int64_t> block(static_cast<std::size_t>(std::min(kGlyphsAtOnce, glyphs.size() - first)));
    std::iota(block.begin(), block.end(), first);
    parts.push_back(of(glyphs.images(block)));
    if (progress) progress(static_cast<double>(first) / static_cast<double>(glyphs.size()));
  }
  return torch::cat(parts);
}

torch::Tensor ink_of(const torch::Tensor& pictures) {
  return ((1 - pictures) / 2).flatten(1);
}

FeatureSpace pca_features(const torch::Tensor& pixels, std::int64_t components) {
  const Pca pca = fit_pca(pixels, components);
  const auto side = std::lround(std::sqrt(static_cast<double>(pixels.size(1))));
  return {pca.project(pixels),
          {},
          cat(pca.directions.size(1), " principal components of ", side, " x ", side, " pixels (",
              fixed(100 * pca.kept, 0), " % of the variance)"),
          [pca](const torch::Tensor& pictures) { return pca.project(pooled(pictures)); }};
}

FeatureSpace pixel_features(const GlyphSet& glyphs, const ShareSink& progress) {
  return {for_all(glyphs, ink_of, progress),
          {},
          cat(glyphs.image_size(), " x ", glyphs.image_size(), " pixels"),
          ink_of};
}

FeatureSpace unet_features(const GlyphSet& glyphs, const UmapConfig& config, const TextEncoderConfig& encoder,
                           const torch::Device& device, const ShareSink& progress) {
  if (config.model.empty())
    throw ConfigError("`umap.features` is `unet`, expected a model folder in `umap.model`");
  const auto model = std::make_shared<Model>(load_map_model(config, glyphs.image_size(), device));
  TextStates text;  // of the empty caption; undefined for an unconditional model
  if (model->info.conditional) text = encode_for(*model, {""}, config, encoder, device);
  const auto of = [=, timestep = config.feature_timestep](const torch::Tensor& pictures) {
    const torch::NoGradGuard no_grad;
    const std::int64_t count = pictures.size(0);
    const torch::Tensor times = torch::full({count}, timestep, torch::dtype(torch::kInt64).device(device));
    const TextStates texts = text.repeated(0, count);
    return model->unet->middle(to_patches(*model, pictures), times, texts.states, texts.mask)
        .mean({2, 3})
        .to(torch::kCPU, torch::kFloat32);
  };
  return {for_all(glyphs, of, progress),
          {},
          cat("the middle block of ", model->name, " at time step ", config.feature_timestep),
          of};
}

FeatureSpace text_features(const GlyphSet& glyphs, const TextEncoderConfig& config,
                           const torch::Device& device, const ShareSink& progress) {
  require_captions(glyphs, "other `umap.features`");
  const TextEncoder encoder(config, device);
  const CaptionStates states(encoder, glyphs.captions());
  std::vector<torch::Tensor> means;
  for (const std::string& caption : glyphs.captions()) {
    const std::vector<std::int64_t> one = {states.index(caption)};
    means.push_back(states.gather(one, states.longest(one)).states[0].mean(0));
    if (progress) progress(static_cast<double>(means.size()) / static_cast<double>(glyphs.captions().size()));
  }
  const torch::Tensor each = torch::tensor(glyphs.caption_indices(), torch::kInt64);
  return {torch::stack(means).to(torch::kCPU, torch::kFloat32).index_select(0, each),
          {},
          "mean states of the captions",
          {}};
}

}  // namespace

torch::Tensor pooled(const torch::Tensor& pictures) {
  const std::int64_t side = std::min(kPooledSide, pictures.size(2));
  return torch::adaptive_avg_pool2d((1 - pictures) / 2, {side, side}).flatten(1);
}

torch::Tensor pooled_glyphs(const GlyphSet& glyphs) {
  return for_all(glyphs, pooled);
}

FeatureSpace make_features(const GlyphSet& glyphs, const torch::Tensor& pooled_pixels,
                           const UmapConfig& config, const TextEncoderConfig& encoder,
                           const torch::Device& device, const ShareSink& progress) {
  const auto make = [&] {
    if (config.features == "pixels") return pixel_features(glyphs, progress);
    if (config.features == "unet") return unet_features(glyphs, config, encoder, device, progress);
    if (config.features == "text") return text_features(glyphs, encoder, device, progress);
    return pca_features(pooled_pixels, config.components);
  };
  FeatureSpace space = make();
  space.start = config.features == "pca" ? space.values.narrow(1, 0, 2)
                                         : fit_pca(pooled_pixels, 2).project(pooled_pixels);
  return space;
}

}  // namespace glyffuser

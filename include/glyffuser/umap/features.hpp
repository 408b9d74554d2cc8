#pragma once
// What the map takes distances between.

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <string>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/umap/config.hpp"
#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

/// The features of a data set, and the way to them for other pictures.
struct FeatureSpace {
  torch::Tensor values;     ///< float32 [N,D] on the CPU
  torch::Tensor start;      ///< float32 [N,2], the first two principal components of the pooled pixels
  std::string description;  ///< "100 principal components of 32 x 32 pixels (76 % of the variance)"
  /// float32 [M,D] of pictures float [M,1,S,S] (-1 black … 1 white, noise may exceed it); empty where
  /// features do not come from the picture.
  std::function<torch::Tensor(const torch::Tensor& pictures)> of_pictures;
};

/// Ink 0 … 1 averaged over 32 x 32 squares, [M,1024] of pictures [M,1,S,S]; smaller pictures stay as they
/// are.
torch::Tensor pooled(const torch::Tensor& pictures);

/// pooled() of every glyph, float32 [N,1024], or [N,S²] for S < 32.
torch::Tensor pooled_glyphs(const GlyphSet& glyphs);

/// As `config.features` says. `pooled_pixels` is pooled_glyphs(glyphs). unet: the middle block of
/// `config.model`, averaged over the picture, for the empty caption. text: the caption's states, averaged.
/// Throws ConfigError (unet without a model, or with one that draws another size), FileError (model or
/// encoder), and what `progress` throws.
FeatureSpace make_features(const GlyphSet& glyphs, const torch::Tensor& pooled_pixels,
                           const UmapConfig& config, const TextEncoderConfig& encoder,
                           const torch::Device& device, const ShareSink& progress);

}  // namespace glyffuser

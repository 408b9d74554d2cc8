#pragma once
// The model of `umap.model`, which features and samples come from, and the states of its texts.

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/umap/config.hpp"

namespace glyffuser {

/// Throws ConfigError if the model draws pictures of another size than `image_size`, and FileError as
/// load_model does.
Model load_map_model(const UmapConfig& config, std::int64_t image_size, const torch::Device& device);

/// The states of texts for that model, by its own encoder if its folder has one, else by the configured one.
/// Throws FileError: no such encoder, or its states are not as wide as the model expects.
TextStates encode_for(const Model& model, const std::vector<std::string>& texts, const UmapConfig& config,
                      TextEncoderConfig encoder, const torch::Device& device);

}  // namespace glyffuser

#pragma once
// Pictures that a model draws with few and with many denoising steps, to be shown on the map.

#include <torch/types.h>

#include <string>
#include <vector>

#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/umap/config.hpp"
#include "glyffuser/umap/neighbours.hpp"

namespace glyffuser {

struct Samples {
  torch::Tensor pictures;            ///< float32 [steps * prompts * images, 1, S, S], -1 … 1, not clamped
  std::vector<std::string> prompts;  ///< those drawn; none for an unconditional model
};

/// Throws ConfigError if a model that takes prompts (`conditional`) has none, or if more samples are asked
/// for than one page of tiles has: before a map is made that needs them.
void check_samples(const UmapConfig& config, bool conditional);

/// For each of `config.steps`, then each prompt (none of an unconditional model), `config.num_images`
/// pictures from the seeds `seed`, `seed` + 1, …. Drawn by DDIM from the last time step on. Throws
/// ConfigError (the model draws another size than `image_size`, no prompts, more steps than the schedule
/// has, more samples than one page of tiles), FileError (model or encoder), and what `progress` throws.
Samples draw_samples(const UmapConfig& config, const TextEncoderConfig& encoder, std::int64_t image_size,
                     std::uint64_t seed, const torch::Device& device, const ShareSink& progress);

}  // namespace glyffuser

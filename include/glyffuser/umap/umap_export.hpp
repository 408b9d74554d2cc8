#pragma once
// From a data set to its map: the command `umap-export`.

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "glyffuser/core/signals.hpp"
#include "glyffuser/data/data_config.hpp"
#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/umap/config.hpp"

namespace glyffuser {

struct MapJob {
  UmapConfig umap;
  DataConfig data;
  TextEncoderConfig text_encoder;
  std::int64_t seed = 0;
};

/// Writes into `umap.out`: umap.csv, umap.npy, umap.svg, umap.png, umap.html and umap_metrics.json, all or
/// none (write_files_atomically), and tells `written` the path of each. All but the metrics, which hold the
/// times taken, are the same bytes for equal input on one machine with equal threads. Returns early, with
/// nothing written, once `cancelled`. Throws ConfigError (fewer than 5 glyphs, settings that contradict each
/// other, files of these names that are no map of glyffuser's), FileError (data, model, character files),
/// RunError (not writable, too little memory).
void umap_export(const MapJob& job, const torch::Device& device, const Cancellation& cancelled, bool quiet,
                 const std::function<void(const std::string& path)>& written);

}  // namespace glyffuser

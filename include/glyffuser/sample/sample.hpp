#pragma once
// Runs the one job that `glyffuser sample` was asked for.

#include <torch/types.h>

#include <functional>
#include <string>

#include "glyffuser/core/signals.hpp"
#include "glyffuser/data/data_config.hpp"
#include "glyffuser/sample/config.hpp"

namespace glyffuser {

/// One line of results: the path of a file that was written, or JSON.
using ResultSink = std::function<void(const std::string& line)>;

/// Draws what the configuration asks for; `data` says whose glyphs are the real ones. Pictures whose files
/// are already there with the same parameters are kept and not drawn again. Returns early, with what is
/// finished written, once `cancelled`. Throws ConfigError (nothing to draw, a file that holds another picture
/// and no `overwrite`), FileError (model, encoder, noise), RunError (not writable, out of memory).
void sample_pictures(const SampleConfig& config, const DataConfig& data, const torch::Device& device,
                     const Cancellation& cancelled, bool quiet, const ResultSink& result);

/// What the configured model is, as text or with `json` as a line of JSON. Throws FileError.
std::string describe_model(const SampleConfig& config);

}  // namespace glyffuser

#pragma once
// What a process that trains says of itself at its beginning: the record of kind "run" in metrics.jsonl.

#include <torch/types.h>

#include <string>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/train/metrics.hpp"
#include "glyffuser/train/run_config.hpp"

namespace glyffuser {

struct RunFacts {
  /// total_steps, batch_size, parameters, training_glyphs, held_out_glyphs, captions, threads, memory (bytes
  /// of the machine's).
  MetricsRecord numbers;
  /// glyffuser, revision, compiler, torch, device, device_name, precision, config_sha256, started (local
  /// time, ISO 8601).
  MetricsTexts texts;
};

/// `resolved_config` is hashed only.
RunFacts run_facts(const RunConfig& config, const std::string& resolved_config, const GlyphSet& glyphs,
                   const Model& model, std::int64_t total_steps, const torch::Device& device);

/// "Intel(R) Xeon(R) CPU, 2 threads, 25.2 GB of memory", behind the GPU's name where there is one.
std::string machine_line(const torch::Device& device);

/// "1.2 GB", with a GPU's "and 3.4 GB on the device": the peaks so far.
std::string peak_memory_line(const torch::Device& device);

}  // namespace glyffuser

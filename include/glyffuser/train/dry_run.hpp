#pragma once
// What a run would take, found out by a few of its steps.

#include <string>

#include "glyffuser/train/trainer.hpp"

namespace glyffuser {

/// Trains the first steps of the run, at least two, for ten seconds or so, and describes in lines of YAML
/// comments its parameters, FLOPs per sample, memory and time. Writes nothing. `captions` is null for an
/// unconditional model. Throws RunError as the steps do.
std::string try_out(Trainer& trainer, const GlyphSet& glyphs, const TrainingCaptions* captions,
                    const RunConfig& config, std::int64_t total_steps, const torch::Device& device);

}  // namespace glyffuser

#pragma once
// What must be the same for a run to go on bit for bit, beside its configuration: Checkpoint::environment.

#include <torch/types.h>

#include <map>
#include <string>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/train/communicator.hpp"
#include "glyffuser/train/config.hpp"
#include "glyffuser/train/training_captions.hpp"

namespace glyffuser {

/// By name: device, threads, LibTorch's version, how a batch is shared out, and what the files hold that the
/// configuration only names, the data set and the text encoder. `captions` is null for an unconditional
/// model.
std::map<std::string, std::string> training_environment(const TrainConfig& config, const GlyphSet& glyphs,
                                                        const TrainingCaptions* captions,
                                                        const torch::Device& device,
                                                        const Communicator& ranks);

/// Sentences to warn with where `now` differs from what a checkpoint has; none for what it does not know.
std::vector<std::string> environment_warnings(const std::map<std::string, std::string>& before,
                                              const std::map<std::string, std::string>& now);

}  // namespace glyffuser

#pragma once
// The complete state of a run at one step, in a folder of safetensors and JSON: weights, their EMA, the
// optimizer's moments, and the counters. All random state follows from (seed, sample index), so the counters
// are all there is to know of it.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/train/divergence.hpp"
#include "glyffuser/train/metrics.hpp"

namespace glyffuser {

struct TrainState {
  std::int64_t step = 0;     ///< optimizer steps done
  std::int64_t samples = 0;  ///< glyphs seen; the next batch begins with this index
  std::int64_t ema_updates = 0;
  std::int64_t skipped_steps = 0;  ///< bad ones (divergence.hpp)
  DivergenceState divergence = {};
  MetricsSums sums = {};
  std::optional<double> best_validation_loss = {};
};

struct Checkpoint {
  TrainState state;
  std::map<std::string, torch::Tensor> weights;
  std::map<std::string, torch::Tensor> ema;
  std::map<std::string, torch::Tensor> optimizer;
  /// What a bit-identical continuation needs to be the same (environment.hpp).
  std::map<std::string, std::string> environment;
  std::filesystem::path folder;  ///< where it was read from
};

/// Written whole or not at all. Throws RunError: disk full, or tensors that are not finite, from which no run
/// could go on.
void save_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint);

/// Throws FileError if a file is missing, cut short, or not the one that was written (SHA-256).
Checkpoint load_checkpoint(const std::filesystem::path& folder);

/// "step-00001000".
std::string checkpoint_name(std::int64_t step);
/// The step in "step-" and digits; nothing of other names: a copy is the user's.
std::optional<std::int64_t> step_in_name(std::string_view name);

/// The checkpoint folders below `folder`, the newest first.
std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder);

}  // namespace glyffuser

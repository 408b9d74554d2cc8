#pragma once
// The training command: from a configuration to a run's folder with a finished model in it.

#include <torch/types.h>

#include <functional>
#include <string>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/train/communicator.hpp"
#include "glyffuser/train/run_config.hpp"

namespace glyffuser {

struct TrainOptions {
  std::string asked_config;     ///< the whole document as YAML, with what it leaves to the device (`auto`)
  std::string resolved_config;  ///< the same with what that came to, kept in the run's folder
  std::string resume = "auto";  ///< auto | never | a checkpoint folder
  bool dry_run = false;         ///< write nothing; try a few steps and say what the run would take
  bool quiet = false;
};

/// Trains until train.steps, or until a signal has come to any rank or train.max_minutes are over, saving the
/// state then; returns the exit code for either. All ranks call this with the same arguments but their
/// device; rank 0 alone reads and writes the run's folder. `written` receives the model folder's path at the
/// end; in a dry run, the configuration and what it would take. Throws ConfigError, FileError and RunError as
/// the parts do.
ExitCode train(const RunConfig& config, const TrainOptions& options, const torch::Device& device,
               const Communicator& ranks, const Cancellation& cancelled,
               const std::function<void(const std::string&)>& written);

}  // namespace glyffuser

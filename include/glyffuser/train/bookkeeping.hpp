#pragma once
// Everything that happens between two steps of a run, in the process that has the run's folder: records,
// validation, previews, checkpoints, the report, and at the end the model.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "glyffuser/train/preview.hpp"
#include "glyffuser/train/report_writer.hpp"
#include "glyffuser/train/reporter.hpp"
#include "glyffuser/train/run.hpp"
#include "glyffuser/train/train.hpp"
#include "glyffuser/train/trainer.hpp"
#include "glyffuser/train/validation.hpp"

namespace glyffuser {

/// What a run is made of, for those who describe or save it; the parts must outlive whoever holds this.
struct RunParts {
  const RunConfig& config;
  const GlyphSet& glyphs;
  const TrainingCaptions* captions;  ///< null for an unconditional model
  std::int64_t total_steps;
  torch::Device device;
  std::map<std::string, std::string> environment;  ///< of this process (environment.hpp)
};

class Bookkeeping {
 public:
  /// Takes over where `trainer` is now. All must outlive the object.
  Bookkeeping(const RunParts& parts, const Run& run, Trainer& trainer, const TrainOptions& options);

  /// After every step. Throws RunError (disk full).
  void after_step(const TrainStep& result);

  /// Saves the state that a later process goes on from.
  void stop(Stop why);

  /// After the last step: saves state and model. Returns the model's folder.
  std::filesystem::path finish();

 private:
  bool due(const Period& period) const;
  void validate();
  void save_checkpoint();
  void save_averaged_model(const std::filesystem::path& folder);

  RunParts parts_;
  const TrainConfig& config_;
  const Run& run_;
  Trainer& trainer_;
  Metrics metrics_;
  Preview preview_;
  Validation validation_;
  Reporter report_;
  ReportWriter page_;
  std::optional<double> best_;
  std::int64_t saved_step_;
};

}  // namespace glyffuser

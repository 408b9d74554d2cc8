#pragma once
// A run's folder: its configuration, checkpoints, metrics, previews and the finished model.

#include <filesystem>
#include <optional>
#include <string>

#include "glyffuser/core/files.hpp"
#include "glyffuser/train/checkpoint.hpp"
#include "glyffuser/train/run_config.hpp"

namespace glyffuser {

class Run {
 public:
  /// Opens `config.dir`, makes it if it is new, and decides where to go on from: `resume` is "auto" (the
  /// newest sound checkpoint here, if any), "never" (refuses a folder with checkpoints or a model) or a
  /// checkpoint folder; in what the run that it is from differs is logged. What a killed process left
  /// half-written is removed. Throws RunError while another process has the folder open, ConfigError if
  /// `resume` is no folder, or if the folder has checkpoints or a model of a run with another configuration
  /// than `asked_config` (the differing keys listed), a model and no configuration, or a config.yaml or
  /// metrics.jsonl of the user's; FileError if the checkpoint that was named, or every one here, is damaged.
  /// The folder then keeps `resolved_config`; both are as in TrainOptions.
  Run(const OutputConfig& config, const std::string& asked_config, const std::string& resolved_config,
      const std::string& resume);

  /// Taken once by the caller; empty for a new run.
  std::optional<Checkpoint> take_checkpoint() { return std::move(checkpoint_); }

  /// Writes checkpoints/step-N/ and then removes all but the newest `keep` up to step N. Later ones are
  /// damaged, and training will come by and replace them; or, if `resume` was a checkpoint folder, of the way
  /// not taken: they get another name, step-N-aside. Throws RunError as save_checkpoint,
  /// std::filesystem::filesystem_error if one cannot be renamed.
  void save(const Checkpoint& checkpoint, std::int64_t keep) const;

  /// If `resume` was a checkpoint folder, once it is known that the run can go on from it: makes it the
  /// newest checkpoint here, as `save` does. What is of another way gets a name that ends in -aside: later
  /// checkpoints, one of the same step that is not this one, and best/ if it came after it. Throws as `save`,
  /// and FileError for a damaged best/.
  void go_back_to(const Checkpoint& checkpoint, std::int64_t keep) const;

  std::filesystem::path metrics_file() const { return folder_ / "metrics.jsonl"; }
  std::filesystem::path preview_file(std::int64_t step) const;
  std::filesystem::path best_folder() const { return folder_ / "best"; }
  std::filesystem::path model_folder() const { return folder_ / "model"; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Whether `resume` was a checkpoint folder.
  bool goes_back() const { return goes_back_; }

 private:
  void check_folder(const std::filesystem::path& config_file, const std::string& asked_config,
                    const std::string& resume) const;
  std::optional<Checkpoint> newest_sound_checkpoint() const;
  void set_aside(const std::filesystem::path& folder) const;

  std::filesystem::path folder_;
  std::optional<FolderLock> lock_;  // empty until there is a folder
  std::optional<Checkpoint> checkpoint_;
  bool goes_back_ = false;
};

}  // namespace glyffuser

#include "glyffuser/train/run.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/model/model_info.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

// So that a file of the user's is not taken for the record of a run, which is written anew each time.
constexpr const char* kRecord = "# Every key of this run's configuration, written by glyffuser.\n";

ConfigError not_of_a_run(const fs::path& file) {
  return ConfigError(cat(file.string(), ": is there already and no run's record, whose name it has; ",
                         "expected another name for it, or another output.dir"));
}

void check_no_other_file(const fs::path& file) {
  if (fs::exists(file) && !read_file(file).starts_with(kRecord)) throw not_of_a_run(file);
}

/// The first free name for a checkpoint that is not gone on from, or for what came after one.
fs::path aside(const fs::path& folder) {
  fs::path name = folder.string() + "-aside";
  for (int k = 2; fs::exists(name); ++k) name = cat(folder.string(), "-aside-", k);
  return name;
}

/// By its state, which has the hashes of all else: a copy is the same.
bool is_same_checkpoint(const fs::path& one, const fs::path& other) {
  const fs::path a = one / "state.json", b = other / "state.json";
  return fs::exists(a) && fs::exists(b) && read_file(a) == read_file(b);
}

void check_same_run(const fs::path& file, const std::string& asked_config) {
  const auto differing =
      differing_keys(config::parse_file(file), config::parse_text(asked_config, "this configuration"));
  if (differing.empty()) return;
  throw ConfigError(cat(file.parent_path().string(),
                        ": holds a run with another configuration, which differs in ", join(differing, ", "),
                        "; expected the same one, or another output.dir"));
}

/// Of the run that a checkpoint is from, if it still lies there, and this one.
void say_what_differs(const fs::path& checkpoint, const std::string& asked_config) {
  const fs::path record = fs::weakly_canonical(checkpoint).parent_path().parent_path() / "config.yaml";
  std::error_code ignored;
  if (!fs::is_regular_file(record, ignored) || !read_file(record).starts_with(kRecord)) return;
  const auto differing =
      differing_keys(config::parse_file(record), config::parse_text(asked_config, "this configuration"));
  if (!differing.empty())
    log::info(cat("this run differs from the one of ", checkpoint.string(), " in ", join(differing, ", ")));
}

}  // namespace

Run::Run(const OutputConfig& config, const std::string& asked_config, const std::string& resolved_config,
         const std::string& resume)
    : folder_(config.dir) {
  const fs::path config_file = folder_ / "config.yaml";
  check_folder(config_file, asked_config, resume);
  ensure_folder(folder_);
  lock_.emplace(folder_);
  for (const char* part : {".", "checkpoints", "samples"}) remove_temporaries(folder_ / part);
  log::open_file(folder_ / "train.log");
  if (resume == "auto") {
    checkpoint_ = newest_sound_checkpoint();
    if (!checkpoint_ && fs::exists(model_folder()))
      log::warning(cat(folder_.string(),
                       ": holds a finished model and no checkpoint: training begins anew, and ",
                       "will replace the model"));
  } else if (resume != "never") {
    if (!fs::is_directory(resume))
      throw ConfigError(
          cat("--resume ", resume, ": no such folder, expected auto, never or a checkpoint folder"));
    checkpoint_ = load_checkpoint(resume);
    goes_back_ = true;
    say_what_differs(resume, asked_config);
  }
  write_file_atomically(config_file, kRecord + resolved_config);
}

void Run::check_folder(const fs::path& config_file, const std::string& asked_config,
                       const std::string& resume) const {
  const bool has_checkpoints = !list_checkpoints(folder_ / "checkpoints").empty();
  const bool has_results = has_checkpoints || fs::exists(model_folder()) || fs::exists(best_folder());
  if (!has_results) {
    check_no_other_file(config_file);
    if (fs::exists(metrics_file()) && !fs::exists(config_file)) throw not_of_a_run(metrics_file());
    return;
  }
  if (resume == "never")
    throw ConfigError(cat(folder_.string(), ": holds checkpoints or a model of a run, expected a new ",
                          "output.dir with --resume never"));
  if (!has_checkpoints && !fs::exists(config_file))
    throw ConfigError(cat(folder_.string(), ": holds a model but no config.yaml, so it is no run's folder, ",
                          "expected another output.dir"));
  if (fs::exists(config_file)) check_same_run(config_file, asked_config);
}

// A checkpoint that a power loss cut short must not end the run: the one before it is taken.
std::optional<Checkpoint> Run::newest_sound_checkpoint() const {
  const auto checkpoints = list_checkpoints(folder_ / "checkpoints");
  for (const fs::path& folder : checkpoints) {
    try {
      return load_checkpoint(folder);
    } catch (const FileError& damage) {
      const bool last = folder == checkpoints.back();
      log::warning(cat(damage.what(), last ? "" : "; trying the checkpoint before it"));
    }
  }
  if (!checkpoints.empty())
    throw FileError(
        cat((folder_ / "checkpoints").string(), ": all ", checkpoints.size(),
            " checkpoints are damaged, expected a sound one, or --resume never with another output.dir"));
  return std::nullopt;
}

void Run::save(const Checkpoint& checkpoint, std::int64_t keep) const {
  const fs::path folder = folder_ / "checkpoints";
  save_checkpoint(folder / checkpoint_name(checkpoint.state.step), checkpoint);
  std::int64_t kept = 0;
  for (const fs::path& other : list_checkpoints(folder)) {
    if (step_in_name(other.filename().string()) > checkpoint.state.step) {
      if (goes_back_) set_aside(other);
      continue;
    }
    if (++kept > keep) remove_folder(other);
  }
}

// At once: a process that was stopped before its first checkpoint would else go on with the way not taken,
// whose records are gone by then.
void Run::go_back_to(const Checkpoint& checkpoint, std::int64_t keep) const {
  const fs::path place = folder_ / "checkpoints" / checkpoint_name(checkpoint.state.step);
  const bool is_there = is_same_checkpoint(place, checkpoint.folder);
  if (fs::exists(place) && !is_there) set_aside(place);
  // The best model is of the same way only if it came before.
  if (fs::exists(best_folder()) &&
      !(is_there && read_model_info(best_folder() / "glyffuser.json").steps <= checkpoint.state.step))
    set_aside(best_folder());
  save(checkpoint, keep);
}

// Else the next process would take it for the newest and lose this way.
void Run::set_aside(const fs::path& folder) const {
  const fs::path name = aside(folder);
  fs::rename(folder, name);
  log::info(cat(folder.string(), " is of the way not taken and is now called ", name.filename().string()));
}

fs::path Run::preview_file(std::int64_t step) const {
  return folder_ / "samples" / (checkpoint_name(step) + ".png");
}

}  // namespace glyffuser

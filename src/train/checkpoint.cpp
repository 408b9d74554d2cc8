#include "glyffuser/train/checkpoint.hpp"

#include <array>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "glyffuser/config/json.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int kFormatVersion = 1;
constexpr const char* kPrefix = "step-";

/// The tensor files of a checkpoint and where their content belongs.
template <class CheckpointType>
auto parts(CheckpointType& checkpoint) {
  return std::array{std::pair{"weights.safetensors", &checkpoint.weights},
                    std::pair{"ema.safetensors", &checkpoint.ema},
                    std::pair{"optimizer.safetensors", &checkpoint.optimizer}};
}

bool is_finite(const std::map<std::string, torch::Tensor>& tensors) {
  std::vector<torch::Tensor> all;
  for (const auto& [name, tensor] : tensors) all.push_back(tensor);
  if (all.empty()) return true;
  const torch::NoGradGuard no_grad;
  return torch::stack(at::_foreach_norm(all, std::numeric_limits<double>::infinity()))
      .isfinite()
      .all()
      .item<bool>();
}

json to_json(const LogStatistics& statistics) {
  return {{"mean", statistics.mean}, {"variance", statistics.variance}};
}

json to_json(const TrainState& state) {
  return {{"step", state.step},
          {"samples", state.samples},
          {"ema_updates", state.ema_updates},
          {"skipped_steps", state.skipped_steps},
          {"divergence",
           {{"good_steps", state.divergence.good_steps},
            {"bad_in_a_row", state.divergence.bad_in_a_row},
            {"log_loss", to_json(state.divergence.loss)},
            {"log_grad_norm", to_json(state.divergence.grad_norm)}}},
          {"sums",
           {{"loss", state.sums.loss},
            {"grad_norm", state.sums.grad_norm},
            {"good_steps", state.sums.good_steps},
            {"smoothed_loss", state.sums.smoothed_loss}}},
          {"best_validation_loss", state.best_validation_loss ? json(*state.best_validation_loss) : json()}};
}

std::map<std::string, std::string> texts_at(const config::Node& root, const char* key, const fs::path& file) {
  auto texts = config::texts_in(root.find(key));
  if (!texts) throw FileError(cat(file.string(), ": has no `", key, "`, expected names and their texts"));
  return *std::move(texts);
}

/// So that the file is the state of a checkpoint, of this form.
void require_keys(const config::Node& root, const fs::path& file) {
  const config::Node* version = root.find("format_version");
  if (version && version->scalar != cat(kFormatVersion))
    throw FileError(cat(file.string(), ": format version ", shown(*version), ", expected ", kFormatVersion));
  for (const char* key : {"format_version", "step", "samples", "ema_updates", "skipped_steps"}) {
    if (!root.find(key))
      throw FileError(cat(file.string(), ": has no `", key, "`, so it is no checkpoint's"));
  }
}

}  // namespace

void save_checkpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  for (const auto& [name, tensors] : parts(checkpoint)) {
    if (!is_finite(*tensors))
      throw RunError(cat("training diverged: at step ", checkpoint.state.step, " ", name,
                         " would hold numbers that are not finite; the last checkpoint is kept, expected a "
                         "smaller train.optimizer.learning_rate"));
  }
  write_folder_atomically(folder, [&](const fs::path& temporary) {
    json hashes;
    for (const auto& [name, tensors] : parts(checkpoint)) {
      write_safetensors(temporary / name, *tensors);
      hashes[name] = sha256_file(temporary / name);
    }
    json content = to_json(checkpoint.state);
    content["format_version"] = kFormatVersion;
    content["environment"] = checkpoint.environment;
    content["sha256"] = hashes;
    write_file_atomically(temporary / "state.json", content.dump(2) + "\n");
  });
}

// Checkpoints from before these were kept have no divergence, sums and best loss.
static void describe(config::Fields& fields, LogStatistics& statistics) {
  fields.field("mean", statistics.mean);
  fields.field("variance", statistics.variance, config::at_least(0.0));
}

static void describe(config::Fields& fields, DivergenceState& state) {
  fields.field("good_steps", state.good_steps, config::at_least<std::int64_t>(0));
  fields.field("bad_in_a_row", state.bad_in_a_row, config::at_least<std::int64_t>(0));
  fields.section("log_loss", state.loss);
  fields.section("log_grad_norm", state.grad_norm);
}

static void describe(config::Fields& fields, MetricsSums& sums) {
  fields.field("loss", sums.loss);
  fields.field("grad_norm", sums.grad_norm);
  fields.field("good_steps", sums.good_steps, config::at_least<std::int64_t>(0));
  fields.field("smoothed_loss", sums.smoothed_loss);
}

static void describe(config::Fields& fields, TrainState& state) {
  fields.field("step", state.step, config::at_least<std::int64_t>(0));
  fields.field("samples", state.samples, config::at_least<std::int64_t>(0));
  fields.field("ema_updates", state.ema_updates, config::at_least<std::int64_t>(0));
  fields.field("skipped_steps", state.skipped_steps, config::at_least<std::int64_t>(0));
  fields.section("divergence", state.divergence);
  fields.section("sums", state.sums);
  fields.field("best_validation_loss", state.best_validation_loss);
}

Checkpoint load_checkpoint(const fs::path& folder) {
  const fs::path file = folder / "state.json";
  const config::Node root = config::read_json_object(file);
  require_keys(root, file);
  Checkpoint checkpoint;
  checkpoint.folder = folder;
  config::read_values(root, checkpoint.state);
  checkpoint.environment = texts_at(root, "environment", file);
  const auto hashes = texts_at(root, "sha256", file);
  for (const auto& [name, tensors] : parts(checkpoint)) {
    const auto hash = hashes.find(name);
    if (hash == hashes.end() || sha256_file(folder / name) != hash->second)
      throw FileError(
          cat((folder / name).string(), ": is damaged: its SHA-256 is not the one in state.json"));
    *tensors = read_safetensors(folder / name).tensors;
  }
  return checkpoint;
}

std::string checkpoint_name(std::int64_t step) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%s%08lld", kPrefix, static_cast<long long>(step));
  return name.data();
}

std::optional<std::int64_t> step_in_name(std::string_view name) {
  const std::string_view prefix = kPrefix;
  if (!name.starts_with(prefix) || name.find_first_not_of("0123456789", prefix.size()) != name.npos)
    return std::nullopt;
  return parse_number<std::int64_t>(name.substr(prefix.size()));
}

std::vector<fs::path> list_checkpoints(const fs::path& folder) {
  std::multimap<std::int64_t, fs::path, std::greater<>> found;
  if (!fs::is_directory(folder)) return {};
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto step = step_in_name(entry.path().filename().string());
    if (entry.is_directory() && step) found.emplace(*step, entry.path());
  }
  std::vector<fs::path> newest_first;
  for (const auto& [step, path] : found) newest_first.push_back(path);
  return newest_first;
}

}  // namespace glyffuser

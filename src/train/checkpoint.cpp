#include "glyffuser/train/checkpoint.hpp"

#include <array>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

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

LogStatistics statistics_from(const json& content) {
  return {.mean = content.at("mean"), .variance = content.at("variance")};
}

TrainState state_from(const json& content) {
  TrainState state{.step = content.at("step"),
                   .samples = content.at("samples"),
                   .ema_updates = content.at("ema_updates"),
                   .skipped_steps = content.at("skipped_steps")};
  // Checkpoints from before these were kept begin with none.
  if (content.contains("divergence")) {
    const json& divergence = content["divergence"];
    state.divergence = {.good_steps = divergence.at("good_steps"),
                        .bad_in_a_row = divergence.at("bad_in_a_row"),
                        .loss = statistics_from(divergence.at("log_loss")),
                        .grad_norm = statistics_from(divergence.at("log_grad_norm"))};
  }
  if (content.contains("sums")) {
    const json& sums = content["sums"];
    state.sums = {.loss = sums.at("loss"),
                  .grad_norm = sums.at("grad_norm"),
                  .good_steps = sums.at("good_steps"),
                  .smoothed_loss = sums.at("smoothed_loss")};
  }
  if (content.contains("best_validation_loss") && !content["best_validation_loss"].is_null())
    state.best_validation_loss = content["best_validation_loss"].get<double>();
  return state;
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

Checkpoint load_checkpoint(const fs::path& folder) {
  const fs::path file = folder / "state.json";
  Checkpoint checkpoint;
  checkpoint.folder = folder;
  try {
    const json content = json::parse(read_file(file));
    if (content.at("format_version") != kFormatVersion)
      throw FileError(cat(file.string(), ": format version ", content.at("format_version").dump(),
                          ", expected ", kFormatVersion));
    checkpoint.state = state_from(content);
    content.at("environment").get_to(checkpoint.environment);
    for (const auto& [name, tensors] : parts(checkpoint)) {
      if (sha256_file(folder / name) != content.at("sha256").at(name).get<std::string>())
        throw FileError(
            cat((folder / name).string(), ": is damaged: its SHA-256 is not the one in state.json"));
      *tensors = read_safetensors(folder / name).tensors;
    }
  } catch (const json::exception& failure) {
    throw FileError(cat(file.string(), ": not the state of a checkpoint: ", failure.what()));
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

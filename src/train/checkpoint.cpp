#include "glyffuser/train/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
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

}  // namespace

void save_checkpoint(const fs::path& folder, const Checkpoint& checkpoint) {
  write_folder_atomically(folder, [&](const fs::path& temporary) {
    json hashes;
    for (const auto& [name, tensors] : parts(checkpoint)) {
      write_safetensors(temporary / name, *tensors);
      hashes[name] = sha256_file(temporary / name);
    }
    const TrainState& state = checkpoint.state;
    const json content = {{"format_version", kFormatVersion},
                          {"step", state.step},
                          {"samples", state.samples},
                          {"ema_updates", state.ema_updates},
                          {"skipped_steps", state.skipped_steps},
                          {"environment", checkpoint.environment},
                          {"sha256", hashes}};
    write_file_atomically(temporary / "state.json", content.dump(2) + "\n");
  });
}

Checkpoint load_checkpoint(const fs::path& folder) {
  const fs::path file = folder / "state.json";
  Checkpoint checkpoint;
  try {
    const json content = json::parse(read_file(file));
    if (content.at("format_version") != kFormatVersion)
      throw FileError(cat(file.string(), ": format version ", content.at("format_version").dump(),
                          ", expected ", kFormatVersion));
    TrainState& state = checkpoint.state;
    content.at("step").get_to(state.step);
    content.at("samples").get_to(state.samples);
    content.at("ema_updates").get_to(state.ema_updates);
    content.at("skipped_steps").get_to(state.skipped_steps);
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

std::vector<fs::path> list_checkpoints(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && entry.path().filename().string().rfind(kPrefix, 0) == 0)
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end(), std::greater<>());
  return found;
}

}  // namespace glyffuser

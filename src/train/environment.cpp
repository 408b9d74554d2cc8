#include "glyffuser/train/environment.hpp"

#include <ATen/Version.h>
#include <torch/version.h>

#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"

namespace glyffuser {
namespace {

constexpr const char* kDataSet = "data set";
constexpr std::size_t kDigits = 12;  // of a SHA-256, to tell two apart

}  // namespace

std::map<std::string, std::string> training_environment(const TrainConfig& config, const GlyphSet& glyphs,
                                                        const TrainingCaptions* captions,
                                                        const torch::Device& device,
                                                        const Communicator& ranks) {
  std::map<std::string, std::string> environment = {
      {"device", device.str()},
      {"precision", config.precision},
      {"threads", cat(torch::get_num_threads())},
      {"micro_batch", cat(config.micro_batch.value_or(config.batch_size))},
      {"ranks", cat(ranks.size())},
      {"gradient_checkpointing", config.gradient_checkpointing ? "true" : "false"},
      {"processor's instructions", at::get_cpu_capability()},
      {"glyffuser", cat(version().version, " ", version().revision)},
      {"torch", TORCH_VERSION},
      {kDataSet, glyphs.identity().substr(0, kDigits)}};
  if (captions) environment["text encoder"] = captions->encoder().sha256().substr(0, kDigits);
  return environment;
}

std::vector<std::string> environment_warnings(const std::map<std::string, std::string>& before,
                                              const std::map<std::string, std::string>& now) {
  std::vector<std::string> changed, warnings;
  for (const auto& [key, value] : now) {
    const auto found = before.find(key);
    if (found == before.end() || found->second == value) continue;
    changed.push_back(cat(key, " (", found->second, " -> ", value, ")"));
    if (key == kDataSet)
      warnings.emplace_back(
          "glyphs that were trained on may be held out now, so that the validation loss is lower than it "
          "should be, expected the data that the run began with");
  }
  if (!changed.empty())
    warnings.insert(warnings.begin(), cat("since the checkpoint was written something has changed: ",
                                          join(changed, ", "), "; the run goes on, perhaps not bit for bit"));
  return warnings;
}

}  // namespace glyffuser

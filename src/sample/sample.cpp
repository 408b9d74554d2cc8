#include "glyffuser/sample/sample.hpp"

#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/sample/job.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace {

void check(const SampleConfig& config) {
  if (!config.raw.empty() && parse_shard(config.shard).count > 1)
    throw ConfigError("--raw is asked for with a shard, which has only some of its pictures");
}

}  // namespace

void sample_pictures(const SampleConfig& config, const torch::Device& device, const Cancellation& cancelled,
                     bool quiet, const ResultSink& result) {
  check(config);
  Requests requests(config);
  Drawer drawer(config, device);
  const Plan plan(config, std::move(requests), drawer.model().info.conditional);
  if (!config.noise.empty()) drawer.read_noise(config.noise, plan.size());
  std::optional<Manifest> manifest;
  if (!plan.folder().empty()) manifest.emplace(manifest_file(plan.folder(), parse_shard(config.shard)));

  Job job(config, drawer, plan, manifest ? &*manifest : nullptr);
  job.run(cancelled, quiet, [&](const Picture& picture, const std::string& entry) {
    result(config.json ? entry : picture.file.string());
  });
  if (cancelled) {
    log::info("stopped; finished pictures are kept, and the same command makes the missing ones");
    return;
  }
  const auto say = [&](const std::filesystem::path& file) {
    if (!config.json) result(file.string());
  };
  if (job.sheet().wanted()) {
    job.sheet().write();
    say(plan.grid());
  }
  if (!config.raw.empty()) {
    write_safetensors(config.raw, {{"images", job.raw()}});
    say(config.raw);
  }
  if (manifest) say(manifest->file());
}

}  // namespace glyffuser

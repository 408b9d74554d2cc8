#include "glyffuser/train/run_facts.hpp"

#include <ATen/Parallel.h>

#include <array>
#include <ctime>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/machine.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/nn/unet.hpp"
#include "glyffuser/tensor/device_facts.hpp"
#include "glyffuser/tensor/memory.hpp"

namespace glyffuser {
namespace {

std::string local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S%z", &parts);
  return text.data();
}

}  // namespace

RunFacts run_facts(const RunConfig& config, const std::string& resolved_config, const GlyphSet& glyphs,
                   const Model& model, std::int64_t total_steps, const torch::Device& device) {
  const auto count = [](auto value) { return static_cast<double>(value); };
  return {.numbers = {{"total_steps", count(total_steps)},
                      {"batch_size", count(config.train.batch_size)},
                      {"parameters", count(parameter_count(*model.unet))},
                      {"training_glyphs", count(glyphs.training().size())},
                      {"held_out_glyphs", count(glyphs.held_out().size())},
                      {"captions", count(glyphs.captions().size())},
                      {"threads", count(torch::get_num_threads())},
                      {"memory", count(machine_memory())}},
          .texts = {{"glyffuser", version().version},
                    {"revision", version().revision},
                    {"compiler", version().compiler},
                    {"torch", version().torch},
                    {"device", device.str()},
                    {"device_name", device_name(device)},
                    {"precision", config.train.precision},
                    {"config_sha256", sha256(resolved_config)},
                    {"started", local_time()}}};
}

std::string machine_line(const torch::Device& device) {
  const std::string on_device = device.is_cpu() ? "" : cat(device_name(device), " (", device.str(), "), ");
  return cat(on_device, processor_name(), ", ", torch::get_num_threads(), " threads, ",
             human_bytes(machine_memory()), " of memory");
}

std::string peak_memory_line(const torch::Device& device) {
  if (device.is_cpu()) return human_bytes(peak_memory());
  const MemoryUse there = memory_use(device);
  return cat(human_bytes(peak_memory()), " and ", human_bytes(there.tensors_peak), " on the device (",
             human_bytes(there.peak), " reserved)");
}

}  // namespace glyffuser

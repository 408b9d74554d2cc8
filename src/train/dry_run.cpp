#include "glyffuser/train/dry_run.hpp"

#include <algorithm>
#include <chrono>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/nn/flops.hpp"
#include "glyffuser/tensor/memory.hpp"
#include "glyffuser/train/memory_advice.hpp"
#include "glyffuser/train/prepared_batches.hpp"

namespace glyffuser {
namespace {

constexpr double kSeconds = 10;  // of timed steps, about
constexpr std::size_t kMostSteps = 20;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// 1234567890 is "1.23 G".
std::string with_prefix(double value) {
  const std::string prefixes = " kMGTPE";
  std::size_t power = 0;
  while (value >= 1000 && power + 1 < prefixes.size()) value /= 1000, ++power;
  return cat(fixed(value, 2), power > 0 ? cat(" ", prefixes[power]) : " ");
}

struct Measured {
  std::vector<double> seconds;         // of each step but the first, which makes what all others find there
  std::uint64_t activation_bytes = 0;  // that a step takes for itself
  std::uint64_t peak_bytes = 0;        // within a step
  std::int64_t tokens = 0;             // of the first batch's captions, padded
};

Measured measure(Trainer& trainer, const GlyphSet& glyphs, const TrainingCaptions* captions,
                 const RunConfig& config, const torch::Device& device) {
  Batches batches(glyphs, SampleOrder(glyphs.training(), static_cast<std::uint64_t>(config.seed)),
                  config.train.batch_size);
  PreparedBatches prepared(trainer, batches);
  const auto step = [&] {
    return with_memory_advice(config.train, [&] { return trainer.step(prepared.next()); });
  };
  Measured measured;
  step();
  if (captions) {
    const Batch batch = prepared.next().batch;
    const std::vector<bool> none(batch.captions.size(), false);
    measured.tokens = captions->gather(batch.captions, none, 0, 1).states.size(1);
  }
  forget_memory_peak(device);
  const MemoryUse state = memory_use(device);
  const auto start = std::chrono::steady_clock::now();
  while (measured.seconds.empty() ||
         (seconds_since(start) < kSeconds && measured.seconds.size() < kMostSteps)) {
    const auto begin = std::chrono::steady_clock::now();
    step();
    measured.seconds.push_back(seconds_since(begin));
  }
  const MemoryUse all = memory_use(device);
  measured.peak_bytes = std::max(all.peak, state.now);
  // A GPU's allocator keeps what the step before had: there tensors tell.
  measured.activation_bytes = device.is_cpu()
                                  ? measured.peak_bytes - state.now
                                  : all.tensors_peak - std::min(all.tensors_peak, state.tensors_now);
  return measured;
}

}  // namespace

std::string try_out(Trainer& trainer, const GlyphSet& glyphs, const TrainingCaptions* captions,
                    const RunConfig& config, std::int64_t total_steps, const torch::Device& device) {
  log::info("trying out a few steps");
  const Measured measured = measure(trainer, glyphs, captions, config, device);
  const UNet& unet = *trainer.model().unet;
  const std::int64_t parameters = parameter_count(unet);
  const auto bytes = static_cast<std::uint64_t>(parameters) * sizeof(float);
  const double step = median(measured.seconds);
  const double samples = static_cast<double>(config.train.batch_size) / step;
  const auto training = static_cast<double>(training_flops(unet, measured.tokens));
  const std::string text = captions ? cat(", with captions of ", measured.tokens, " tokens") : "";
  return cat("# parameters: ", parameters, "\n",  //
             "# FLOPs per sample: ", with_prefix(static_cast<double>(forward_flops(unet, measured.tokens))),
             "FLOP forward, ", with_prefix(training), "FLOP in training", text, "\n",  //
             "# memory: weights ", human_bytes(bytes), ", gradients ", human_bytes(bytes),
             ", Adam's moments ", human_bytes(2 * bytes), ", averages ", human_bytes(bytes),
             ", activations about ", human_bytes(measured.activation_bytes), "; ",
             human_bytes(measured.peak_bytes), " in all at the peak",
             device.is_cpu() ? " of the process" : " on the device", "\n",  //
             "# time: ", step < 1 ? cat(fixed(1000 * step, 1), " ms") : human_seconds(step),
             " a step (the median of ", measured.seconds.size(), "), ", fixed(samples, 1), " samples/s, ",
             with_prefix(samples * training), "FLOP/s; ", total_steps, " steps take ",
             human_seconds(step * static_cast<double>(total_steps)),
             ", without validation, previews and checkpoints\n");
}

}  // namespace glyffuser

#include "glyffuser/train/validation.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/train/conditioning.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kBins = 10;

/// The batches with the captions of other glyphs among them.
std::vector<Batch> with_others_captions(const std::vector<Batch>& batches) {
  std::vector<std::int64_t> captions;
  for (const Batch& batch : batches)
    captions.insert(captions.end(), batch.captions.begin(), batch.captions.end());
  const auto others = deranged(captions);
  if (others.empty()) return {};
  std::vector<Batch> shuffled = batches;
  auto next = others.begin();
  for (Batch& batch : shuffled) {
    for (std::int64_t& caption : batch.captions) caption = *next++;
  }
  return shuffled;
}

/// The loss of every glyph, in the order of the batches.
std::vector<double> losses_of(Trainer& trainer, const std::vector<Batch>& batches,
                              const std::vector<SampleDraws>& draws) {
  std::vector<double> all;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const torch::Tensor losses = trainer.losses(batches[b], draws[b]).to(torch::kFloat64).contiguous();
    all.insert(all.end(), losses.data_ptr<double>(), losses.data_ptr<double>() + losses.numel());
  }
  return all;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// So that neighbouring glyphs do not share a time step, and all steps come.
std::int64_t stride_through(std::int64_t count) {
  std::int64_t stride = 61;
  while (count > 0 && std::gcd(stride, count) != 1) ++stride;
  return stride;
}

}  // namespace

Validation::Validation(const GlyphSet& set, std::int64_t glyphs, std::int64_t batch_size,
                       std::int64_t num_train_timesteps)
    : num_train_timesteps_(num_train_timesteps) {
  const auto available = static_cast<std::int64_t>(set.held_out().size());
  const std::int64_t count = std::min(glyphs, available), stride = stride_through(count);
  // Evenly over the held-out glyphs, which are in the order of their code points.
  const auto pick = [&](std::int64_t i) {
    return set.held_out()[static_cast<std::size_t>(i * available / count)];
  };
  for (std::int64_t first = 0; first < count; first += batch_size) {
    Batch batch;
    std::vector<std::int64_t> timesteps;
    for (std::int64_t i = first; i < std::min(count, first + batch_size); ++i) {
      batch.glyphs.push_back(pick(i));
      batch.captions.push_back(set.caption_indices()[static_cast<std::size_t>(pick(i))]);
      batch.seeds.push_back(derive_seed(0, "validation", static_cast<std::uint64_t>(i)));
      timesteps.push_back((2 * (i * stride % count) + 1) * num_train_timesteps / (2 * count));
    }
    batch.images = set.images(batch.glyphs);
    SampleDraws draws =
        draw_samples(batch.seeds, set.image_size(), {.num_train_timesteps = num_train_timesteps});
    draws.timesteps = torch::tensor(timesteps, torch::kInt64);
    batches_.push_back(std::move(batch));
    draws_.push_back(std::move(draws));
  }
  shuffled_ = with_others_captions(batches_);
}

MetricsRecord Validation::run(Trainer& trainer) const {
  const std::vector<double> losses = losses_of(trainer, batches_, draws_);
  std::array<double, kBins> sums{};
  std::array<double, kBins> counts{};
  std::size_t i = 0;
  for (const SampleDraws& draws : draws_) {
    for (std::int64_t row = 0; row < draws.timesteps.size(0); ++row, ++i) {
      const auto timestep = draws.timesteps[row].item<std::int64_t>();
      const auto bin = static_cast<std::size_t>(timestep * kBins / num_train_timesteps_);
      sums[bin] += losses[i];
      counts[bin] += 1;
    }
  }
  MetricsRecord record = {{"loss", mean(losses)}};
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (counts[bin] > 0) record.emplace_back(cat("loss_t", bin), sums[bin] / counts[bin]);
  }
  if (!trainer.model().info.conditional || shuffled_.empty()) return record;
  const std::vector<double> shuffled = losses_of(trainer, shuffled_, draws_);
  const PairedGain gain = paired_gain(losses, shuffled);
  record.emplace_back("shuffled_loss", mean(shuffled));
  record.emplace_back("conditioning_gain", gain.mean);
  record.emplace_back("conditioning_gain_error", gain.standard_error);
  return record;
}

}  // namespace glyffuser

#include "glyffuser/train/validation.hpp"

#include <algorithm>
#include <array>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {
constexpr std::int64_t kBins = 10;
}

Validation::Validation(const GlyphSet& set, std::int64_t glyphs, std::int64_t batch_size,
                       std::int64_t num_train_timesteps)
    : num_train_timesteps_(num_train_timesteps) {
  const auto available = static_cast<std::int64_t>(set.held_out().size());
  const std::int64_t count = std::min(glyphs, available);
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
      // A stride coprime to the count, so that neighbouring glyphs do not share a time step.
      timesteps.push_back((2 * (i * 61 % count) + 1) * num_train_timesteps / (2 * count));
    }
    batch.images = set.images(batch.glyphs);
    SampleDraws draws = draw_samples(batch.seeds, set.image_size(), num_train_timesteps, 0.0);
    draws.timesteps = torch::tensor(timesteps, torch::kInt64);
    batches_.push_back(std::move(batch));
    draws_.push_back(std::move(draws));
  }
}

MetricsRecord Validation::run(Trainer& trainer) const {
  std::array<double, kBins> sums{};
  std::array<double, kBins> counts{};
  double total = 0;
  double samples = 0;
  for (std::size_t b = 0; b < batches_.size(); ++b) {
    const torch::Tensor losses = trainer.losses(batches_[b], draws_[b]);
    for (std::int64_t i = 0; i < losses.size(0); ++i) {
      const auto loss = losses[i].item<double>();
      const auto bin = static_cast<std::size_t>(draws_[b].timesteps[i].item<std::int64_t>() * kBins /
                                                num_train_timesteps_);
      sums[bin] += loss;
      counts[bin] += 1;
      total += loss;
      samples += 1;
    }
  }
  MetricsRecord record = {{"loss", total / samples}};
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (counts[bin] > 0) record.emplace_back(cat("loss_t", bin), sums[bin] / counts[bin]);
  }
  return record;
}

}  // namespace glyffuser

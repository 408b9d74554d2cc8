#pragma once
// The loss on glyphs that training never sees, by time step. Always the same glyphs, time steps and noise, so
// that two values differ by the weights alone.

#include <cstdint>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/train/metrics.hpp"
#include "glyffuser/train/trainer.hpp"

namespace glyffuser {

class Validation {
 public:
  /// Takes at most `glyphs` of the held-out ones. Time steps are spread evenly over 0 … T-1.
  Validation(const GlyphSet& set, std::int64_t glyphs, std::int64_t batch_size,
             std::int64_t num_train_timesteps);

  bool empty() const { return batches_.empty(); }

  /// Only if not empty(): "loss" and the mean loss of each tenth of the time steps that has a glyph,
  /// "loss_t0" … "loss_t9" (t0 the least noisy). With captions also "shuffled_loss", that of the same glyphs,
  /// noise and time steps with the captions of others (train/conditioning.hpp), and "conditioning_gain" with
  /// "conditioning_gain_error", PairedGain of the two.
  MetricsRecord run(Trainer& trainer) const;

 private:
  std::int64_t num_train_timesteps_;
  std::vector<Batch> batches_;
  std::vector<SampleDraws> draws_;
  std::vector<Batch> shuffled_;  ///< the same with the captions of others; empty where there is no such order
};

}  // namespace glyffuser

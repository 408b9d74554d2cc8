#pragma once
// Which glyph is the i-th sample of a run: a pure function of (seed, i), so that a run resumes exactly and
// never depends on batch size, rank or thread.

#include <cstdint>
#include <vector>

namespace glyffuser {

/// A permutation of 0…count−1: Fisher and Yates's shuffle, whose k-th swap is drawn from
/// derive_seed(seed, "swap", k).
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed);

/// Epoch e runs through all glyphs in the order permutation(…, derive_seed(seed, "epoch", e)).
class SampleOrder {
 public:
  /// Throws std::invalid_argument if `glyphs` is empty.
  SampleOrder(std::vector<std::int64_t> glyphs, std::uint64_t seed);

  /// The glyph that sample `sample` >= 0 of the run shows. Quick while consecutive calls stay in one epoch.
  std::int64_t glyph(std::int64_t sample);
  std::int64_t epoch(std::int64_t sample) const { return sample / static_cast<std::int64_t>(glyphs_.size()); }

  /// The seed of all that is random about one sample: its time step, noise and whether its caption is
  /// dropped.
  std::uint64_t sample_seed(std::int64_t sample) const;

 private:
  std::vector<std::int64_t> glyphs_;
  std::uint64_t seed_;
  std::int64_t shuffled_epoch_ = -1;
  std::vector<std::int64_t> order_;
};

}  // namespace glyffuser

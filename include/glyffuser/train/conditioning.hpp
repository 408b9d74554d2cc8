#pragma once
// Does the text reach the pictures? Held-out glyphs are denoised once with their own captions and once with
// those of others, from the same noise at the same time steps: if that makes no difference to the loss, the
// text encoder or the cross-attention is not being used.

#include <cstdint>
#include <vector>

namespace glyffuser {

/// `captions` (numbers that stand for texts) in another order, a fixed function of them, in which every place
/// has another caption than its own; empty where one caption takes more than half of the places, so that no
/// such order exists.
std::vector<std::int64_t> deranged(const std::vector<std::int64_t>& captions);

struct PairedGain {
  double mean = 0;            ///< of (loss with another caption) − (loss with its own)
  double standard_error = 0;  ///< of that mean, from the differences' spread; 0 for fewer than two pairs
};

/// Throws std::invalid_argument if there are not as many of one as of the other, or none.
PairedGain paired_gain(const std::vector<double>& own, const std::vector<double>& others);

/// Says once when training has gone on for a while without the captions' helping.
class ConditioningWatch {
 public:
  /// True at the third validation in a row, or a later one, whose gain is not above twice its standard error,
  /// once the run has seen 100,000 samples; false ever after.
  bool warns(const PairedGain& gain, std::int64_t samples);

 private:
  int useless_in_a_row_ = 0;
  bool warned_ = false;
};

}  // namespace glyffuser

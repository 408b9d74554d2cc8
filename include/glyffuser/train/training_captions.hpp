#pragma once
// The text side of training: the states of all captions of the data set, on the device, gathered by batch.

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/encoder/caption_states.hpp"
#include "glyffuser/train/run_config.hpp"

namespace glyffuser {

class TrainingCaptions {
 public:
  /// Encodes the captions, or takes them from the cache. Throws ConfigError if the pictures have no captions
  /// or the encoder's width is not the one that the UNet takes, and ConfigError, FileError and RunError as
  /// TextEncoder.
  TrainingCaptions(const RunConfig& config, const GlyphSet& glyphs, const torch::Device& device);

  /// States of the batch's rows first … first + count - 1, dropped ones replaced by those of the empty
  /// caption. `captions`: indices into GlyphSet::captions() of the whole batch, which decides the padding, so
  /// that micro-batches see the same length; a multiple of 8, or always the encoder's longest where padding
  /// is not neutral (padding_counts).
  TextStates gather(const std::vector<std::int64_t>& captions, const std::vector<bool>& drop,
                    std::int64_t first, std::int64_t count) const;

  const TextEncoder& encoder() const { return encoder_; }

 private:
  TextEncoder encoder_;
  CaptionStates states_;
  std::vector<std::int64_t> rows_;  ///< of each caption of the data set in states_
  bool fixed_length_;
};

}  // namespace glyffuser

#pragma once
// The run's samples as batches.

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "glyffuser/data/glyph_set.hpp"
#include "glyffuser/data/sample_order.hpp"

namespace glyffuser {

struct Batch {
  std::int64_t first_sample = 0;       ///< place of the first sample in the run
  torch::Tensor images;                ///< float [B,1,S,S] in −1…1, white +1, on the CPU
  std::vector<std::int64_t> glyphs;    ///< B indices into the GlyphSet
  std::vector<std::int64_t> captions;  ///< B indices into GlyphSet::captions()
  std::vector<std::uint64_t> seeds;    ///< B seeds, SampleOrder::sample_seed
};

class Batches {
 public:
  /// Batches of `batch_size` samples of `order`, from sample `position` on, without end; they run across the
  /// borders of epochs. Of each batch only the `share`-th of `shares` equal parts is made, for processes that
  /// train on one batch together; `batch_size` must be a multiple of `shares`. `glyphs` must outlive this
  /// object.
  Batches(const GlyphSet& glyphs, SampleOrder order, std::int64_t batch_size, std::int64_t position = 0,
          std::int64_t share = 0, std::int64_t shares = 1);

  /// The next batch, or this object's share of it.
  Batch next();

 private:
  const GlyphSet& glyphs_;
  SampleOrder order_;
  std::int64_t batch_size_;
  std::int64_t position_;  ///< where the next batch begins, with all its parts
  std::int64_t share_;
  std::int64_t share_size_;
};

}  // namespace glyffuser

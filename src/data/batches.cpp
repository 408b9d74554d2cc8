#include "glyffuser/data/batches.hpp"

#include <utility>

namespace glyffuser {

Batches::Batches(const GlyphSet& glyphs, SampleOrder order, std::int64_t batch_size, std::int64_t position,
                 std::int64_t share, std::int64_t shares)
    : glyphs_(glyphs),
      order_(std::move(order)),
      batch_size_(batch_size),
      position_(position),
      share_(share),
      share_size_(batch_size / shares) {}

Batch Batches::next() {
  Batch batch;
  batch.first_sample = position_ + share_ * share_size_;
  for (std::int64_t sample = batch.first_sample; sample < batch.first_sample + share_size_; ++sample) {
    const std::int64_t glyph = order_.glyph(sample);
    batch.glyphs.push_back(glyph);
    batch.captions.push_back(glyphs_.caption_indices().at(static_cast<std::size_t>(glyph)));
    batch.seeds.push_back(order_.sample_seed(sample));
  }
  batch.images = glyphs_.images(batch.glyphs);
  position_ += batch_size_;
  return batch;
}

}  // namespace glyffuser

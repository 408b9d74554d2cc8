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
      share_size_(batch_size / shares) {
  prepare();
}

Batch Batches::next() {
  Batch batch = prepared_.get();
  position_ += batch_size_;
  prepare();
  return batch;
}

Batch Batches::make(std::int64_t first_sample) {
  Batch batch;
  batch.first_sample = first_sample;
  for (std::int64_t sample = first_sample; sample < first_sample + share_size_; ++sample) {
    const std::int64_t glyph = order_.glyph(sample);
    batch.glyphs.push_back(glyph);
    batch.captions.push_back(glyphs_.caption_indices().at(static_cast<std::size_t>(glyph)));
    batch.seeds.push_back(order_.sample_seed(sample));
  }
  batch.images = glyphs_.images(batch.glyphs);
  return batch;
}

void Batches::prepare() {
  prepared_ = std::async(std::launch::async,
                         [this, first = position_ + share_ * share_size_] { return make(first); });
}

}  // namespace glyffuser

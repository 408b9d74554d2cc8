#include "glyffuser/data/batches.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace glyffuser {
namespace {

// Glyph i is filled with ink i; every second caption is the same.
GlyphSet ten_glyphs() {
  GlyphRecords records;
  records.ink = pack_pictures(torch::arange(10, torch::kUInt8).view({10, 1, 1}).expand({10, 4, 4}));
  records.code_points.assign(10, 0);
  for (int i = 0; i < 10; ++i) records.captions.push_back(i % 2 ? "odd" : "even " + std::to_string(i));
  std::vector<bool> held_out(10, false);
  held_out[9] = true;
  return {std::move(records), held_out};
}

TEST(BatchesTest, SamplesDoNotDependOnBatchesOrPosition) {
  const GlyphSet glyphs = ten_glyphs();
  const SampleOrder order(glyphs.training(), 7);
  std::vector<std::int64_t> shown;
  std::vector<std::uint64_t> seeds;
  Batches fours(glyphs, order, 4);
  for (int i = 0; i < 6; ++i) {
    const Batch batch = fours.next();
    EXPECT_EQ(batch.first_sample, 4 * i);
    shown.insert(shown.end(), batch.glyphs.begin(), batch.glyphs.end());
    seeds.insert(seeds.end(), batch.seeds.begin(), batch.seeds.end());
  }
  Batches later(glyphs, order, 5, 13);
  const Batch batch = later.next();
  EXPECT_EQ(batch.glyphs, std::vector<std::int64_t>(shown.begin() + 13, shown.begin() + 18));
  EXPECT_EQ(batch.seeds, std::vector<std::uint64_t>(seeds.begin() + 13, seeds.begin() + 18));
}

TEST(BatchesTest, PicturesMadeOnADeviceAreTheSame) {
  GlyphSet glyphs = ten_glyphs();
  const std::vector<std::int64_t> some = {8, 0, 3, 3};
  const torch::Tensor converted = glyphs.images(some);
  glyphs.keep_on(torch::kCPU);
  EXPECT_TRUE(torch::equal(glyphs.images(some), converted));
  EXPECT_THROW(glyphs.images(std::vector<std::int64_t>{10}), std::out_of_range);
}

TEST(BatchesTest, PicturesAndCaptionsBelongToTheGlyphs) {
  const GlyphSet glyphs = ten_glyphs();
  const Batch batch = Batches(glyphs, SampleOrder(glyphs.training(), 1), 20).next();
  ASSERT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{20, 1, 4, 4}));
  for (std::size_t i = 0; i < 20; ++i) {
    const std::int64_t glyph = batch.glyphs[i];
    EXPECT_NE(glyph, 9) << "held out";
    EXPECT_FLOAT_EQ(batch.images[static_cast<std::int64_t>(i)].max().item<float>(),
                    1.0F - static_cast<float>(glyph) / 127.5F);
    EXPECT_EQ(glyphs.captions().at(static_cast<std::size_t>(batch.captions[i])), glyphs.caption(glyph));
  }
}

TEST(BatchesTest, SharesTogetherAreTheBatch) {
  const GlyphSet glyphs = ten_glyphs();
  const SampleOrder order(glyphs.training(), 3);
  Batches whole(glyphs, order, 6, 12);
  std::vector<Batches> shares;
  for (std::int64_t share = 0; share < 3; ++share) shares.emplace_back(glyphs, order, 6, 12, share, 3);
  for (int i = 0; i < 4; ++i) {
    const Batch expected = whole.next();
    std::vector<torch::Tensor> images;
    std::vector<std::uint64_t> seeds;
    for (Batches& share : shares) {
      const Batch batch = share.next();
      EXPECT_EQ(batch.first_sample, expected.first_sample + static_cast<std::int64_t>(seeds.size()));
      images.push_back(batch.images);
      seeds.insert(seeds.end(), batch.seeds.begin(), batch.seeds.end());
    }
    EXPECT_EQ(seeds, expected.seeds);
    EXPECT_TRUE(torch::equal(torch::cat(images), expected.images));
  }
}

}  // namespace
}  // namespace glyffuser

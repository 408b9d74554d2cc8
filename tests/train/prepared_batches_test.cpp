#include "glyffuser/train/prepared_batches.hpp"

#include <gtest/gtest.h>

#include "tests/support/tiny_run.hpp"

namespace glyffuser {

using testing::tiny_config;
namespace {

GlyphSet twenty_glyphs() {
  GlyphRecords records;
  records.ink = pack_pictures(torch::arange(20, torch::kUInt8).mul(12).view({20, 1, 1}).expand({20, 32, 32}));
  records.code_points.assign(20, 0);
  records.captions.assign(20, "a grey square");
  return {std::move(records), std::vector<bool>(20, false)};
}

TEST(PreparedBatchesTest, AreTheBatchesInTheirOrderWithTheirDraws) {
  const GlyphSet glyphs = twenty_glyphs();
  const RunConfig config = tiny_config();
  const Trainer trainer(config, nullptr, 20, torch::kCPU);
  const SampleOrder order(glyphs.training(), 7);
  Batches plain(glyphs, order, 8), ahead(glyphs, order, 8);
  PreparedBatches prepared(trainer, ahead);
  for (int i = 0; i < 4; ++i) {
    const Batch batch = plain.next();
    const SampleDraws draws = draw_samples(batch.seeds, 32,
                                           {.num_train_timesteps = config.scheduler.num_train_timesteps,
                                            .caption_dropout = config.train.caption_dropout});
    const PreparedBatch next = prepared.next();
    EXPECT_EQ(next.batch.seeds, batch.seeds);
    EXPECT_TRUE(torch::equal(next.batch.images, batch.images));
    EXPECT_TRUE(torch::equal(next.draws.noise, draws.noise));
    EXPECT_TRUE(torch::equal(next.draws.timesteps, draws.timesteps));
    EXPECT_EQ(next.draws.drop_caption, draws.drop_caption);
  }
}

TEST(PreparedBatchesTest, TrainAsBatchesThatAreNot) {
  const GlyphSet glyphs = twenty_glyphs();
  const SampleOrder order(glyphs.training(), 7);
  Batches plain(glyphs, order, 8), ahead(glyphs, order, 8);
  Trainer trainer(tiny_config(), nullptr, 20, torch::kCPU), other(tiny_config(), nullptr, 20, torch::kCPU);
  PreparedBatches prepared(trainer, ahead);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(trainer.step(prepared.next()).loss, other.step(plain.next()).loss);
  const auto ours = trainer.checkpoint().weights, theirs = other.checkpoint().weights;
  for (const auto& [name, weight] : ours) EXPECT_TRUE(torch::equal(weight, theirs.at(name))) << name;
}

}  // namespace
}  // namespace glyffuser

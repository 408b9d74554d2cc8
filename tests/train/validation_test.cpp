#include "glyffuser/train/validation.hpp"

#include <gtest/gtest.h>

#include <map>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {

GlyphSet numbered_glyphs(int count) {
  GlyphRecords records;
  torch::manual_seed(1);
  records.ink = pack_pictures(torch::randint(256, {count, 32, 32}, torch::kUInt8));
  std::vector<bool> held_out;
  for (int i = 0; i < count; ++i) {
    records.code_points.push_back(U'一' + static_cast<char32_t>(i));
    records.captions.push_back(cat("caption ", i));
    held_out.push_back(i % 2 == 0);
  }
  return GlyphSet(std::move(records), held_out);
}

TEST(ValidationTest, SameWeightsGiveTheSameLossAndEveryBinIsThere) {
  const GlyphSet glyphs = numbered_glyphs(20);
  const RunConfig config = testing::tiny_config();
  Trainer trainer(config, nullptr, 10, torch::kCPU);
  const Validation validation(glyphs, 100, 4, 1000);
  const MetricsRecord first = validation.run(trainer);
  EXPECT_EQ(first, Validation(glyphs, 100, 4, 1000).run(trainer));
  ASSERT_EQ(first.size(), 11U);
  EXPECT_EQ(first[0].first, "loss");
  double mean = 0;
  for (std::size_t bin = 1; bin < first.size(); ++bin) mean += first[bin].second / 10;
  EXPECT_NEAR(first[0].second, mean, 1e-6);  // ten glyphs, one a bin
}

TEST(ValidationTest, ThereIsABinForEveryCountOfGlyphs) {
  Trainer trainer(testing::tiny_config(), nullptr, 10, torch::kCPU);
  const GlyphSet glyphs = numbered_glyphs(122);
  EXPECT_EQ(Validation(glyphs, 61, 61, 1000).run(trainer).size(), 11U);
}

TEST(ValidationTest, WithCaptionsTheLossIsAlsoThatWithTheCaptionsOfOthers) {
  const testing::TinyTextEncoder encoder;
  const testing::TemporaryFolder cache;
  const RunConfig config = testing::tiny_conditional_config(encoder.path(), cache.path().string());
  const GlyphSet glyphs = numbered_glyphs(20);
  const TrainingCaptions captions(config, glyphs, torch::kCPU);
  Trainer trainer(config, &captions, 10, torch::kCPU);
  const MetricsRecord record = Validation(glyphs, 100, 4, 1000).run(trainer);
  const std::map<std::string, double> values(record.begin(), record.end());
  EXPECT_NE(values.at("shuffled_loss"), values.at("loss"));
  EXPECT_NEAR(values.at("conditioning_gain"), values.at("shuffled_loss") - values.at("loss"), 1e-9);
  EXPECT_GT(values.at("conditioning_gain_error"), 0);
}

TEST(ValidationTest, WithoutHeldOutGlyphsThereIsNone) {
  GlyphRecords records;
  records.ink = pack_pictures(torch::zeros({2, 32, 32}, torch::kUInt8));
  records.code_points = {U'一', U'二'};
  records.captions = {"one", "two"};
  EXPECT_TRUE(Validation(GlyphSet(std::move(records), {false, false}), 10, 4, 1000).empty());
}

// Held out are 0, 2, … 38: seven of these twenty are 0, 2, 5, 8, 11, 14, 17. Their time steps are the middles
// of the sevenths of the schedule, 61 of them (5, modulo 7) from each glyph to the next.
TEST(ValidationTest, GlyphsAreSpreadOverTheHeldOutOnesAndTimeStepsOverTheSchedule) {
  Trainer trainer(testing::tiny_config(), nullptr, 10, torch::kCPU);
  const GlyphSet glyphs = numbered_glyphs(40);
  const MetricsRecord record = Validation(glyphs, 7, 3, 1000).run(trainer);
  Batch batch;
  batch.glyphs = {0, 4, 10, 16, 22, 28, 34};
  batch.captions = batch.glyphs;
  for (std::uint64_t i = 0; i < 7; ++i) batch.seeds.push_back(derive_seed(0, "validation", i));
  batch.images = glyphs.images(batch.glyphs);
  SampleDraws draws = draw_samples(batch.seeds, 32, {});
  draws.timesteps = torch::tensor({71, 785, 500, 214, 928, 642, 357}, torch::kInt64);
  const torch::Tensor losses = trainer.losses(batch, draws);
  EXPECT_NEAR(record.at(0).second, losses.mean().item<double>(), 1e-5);
  const std::map<std::string, double> values(record.begin(), record.end());
  for (std::int64_t i = 0; i < 7; ++i) {
    const std::int64_t bin = draws.timesteps[i].item<std::int64_t>() / 100;
    EXPECT_NEAR(values.at(cat("loss_t", bin)), losses[i].item<double>(), 1e-5) << i;
  }
}

}  // namespace glyffuser

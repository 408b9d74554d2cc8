#include "glyffuser/train/validation.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/text.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {

GlyphSet twenty_glyphs() {
  GlyphRecords records;
  torch::manual_seed(1);
  records.ink = torch::randint(256, {20, 32, 32}, torch::kUInt8);
  std::vector<bool> held_out;
  for (int i = 0; i < 20; ++i) {
    records.code_points.push_back(U'一' + static_cast<char32_t>(i));
    records.captions.push_back(cat("caption ", i));
    held_out.push_back(i % 2 == 0);
  }
  return GlyphSet(std::move(records), held_out);
}

TEST(ValidationTest, SameWeightsGiveTheSameLossAndEveryBinIsThere) {
  const GlyphSet glyphs = twenty_glyphs();
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

TEST(ValidationTest, WithoutHeldOutGlyphsThereIsNone) {
  GlyphRecords records;
  records.ink = torch::zeros({2, 32, 32}, torch::kUInt8);
  records.code_points = {U'一', U'二'};
  records.captions = {"one", "two"};
  EXPECT_TRUE(Validation(GlyphSet(std::move(records), {false, false}), 10, 4, 1000).empty());
}

}  // namespace glyffuser

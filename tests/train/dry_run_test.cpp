#include "glyffuser/train/dry_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "glyffuser/core/text.hpp"
#include "glyffuser/nn/flops.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {

TEST(DryRunTest, SaysWhatTheRunWouldTake) {
  const RunConfig config = testing::tiny_config();
  GlyphRecords records;
  records.ink = pack_pictures(torch::zeros({9, 32, 32}, torch::kUInt8));
  for (int i = 0; i < 9; ++i) {
    records.code_points.push_back(U'一' + static_cast<char32_t>(i));
    records.captions.push_back(cat("caption ", i));
  }
  const GlyphSet glyphs(std::move(records), std::vector<bool>(9, false));
  Trainer trainer(config, nullptr, 20, torch::kCPU);
  const std::string report = try_out(trainer, glyphs, nullptr, config, 1'000'000'000, torch::kCPU);
  const auto lines = split(trim(report), '\n');
  ASSERT_EQ(lines.size(), 4U);
  for (const std::string& line : lines) EXPECT_TRUE(line.starts_with("# ")) << line;
  EXPECT_EQ(lines[0], cat("# parameters: ", parameter_count(*trainer.model().unet)));
  const double mega = static_cast<double>(forward_flops(*trainer.model().unet, 0)) / 1e6;
  EXPECT_THAT(lines[1],
              ::testing::HasSubstr(cat(fixed(mega, 2), " MFLOP forward, ", fixed(3 * mega, 2), " MFLOP")));
  const auto bytes = static_cast<std::uint64_t>(parameter_count(*trainer.model().unet)) * sizeof(float);
  EXPECT_THAT(lines[2],
              ::testing::HasSubstr(cat("weights ", human_bytes(bytes), ", gradients ", human_bytes(bytes),
                                       ", Adam's moments ", human_bytes(2 * bytes), ", averages ",
                                       human_bytes(bytes), ", activations about")));
  double milliseconds = 0, samples = 0;
  unsigned steps = 0, hours = 0;
  ASSERT_EQ(
      std::sscanf(
          lines[3].c_str(),
          "# time: %lf ms a step (the median of %u), %lf samples/s, %*f %*cFLOP/s; 1000000000 steps take %uh",
          &milliseconds, &steps, &samples, &hours),
      4)
      << lines[3];
  EXPECT_NEAR(samples * milliseconds / 1000, 8, 0.8);  // a batch
  EXPECT_NEAR(hours / (1e9 * milliseconds / 3.6e6), 1, 0.1);
  EXPECT_GE(trainer.state().step, 2);
}

}  // namespace glyffuser

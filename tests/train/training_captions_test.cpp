#include "glyffuser/train/training_captions.hpp"

#include <gtest/gtest.h>

#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {
namespace {

/// Two glyphs, of which the second has a caption of more than eight tokens.
GlyphSet short_and_long() {
  GlyphRecords records;
  records.ink = pack_pictures(torch::zeros({2, 32, 32}, torch::kUInt8));
  records.code_points = {U'一', U'二'};
  records.captions = {"gold", "gold gold gold gold gold gold gold gold gold gold"};
  return {std::move(records), {false, false}};
}

class TrainingCaptionsTest : public ::testing::Test {
 protected:
  testing::TinyTextEncoder encoder_;
  testing::TemporaryFolder cache_;
  RunConfig config_ = testing::tiny_conditional_config(encoder_.path(), cache_.path().string());
};

TEST_F(TrainingCaptionsTest, TheWholeBatchDecidesThePadding) {
  const TrainingCaptions captions(config_, short_and_long(), torch::kCPU);
  const auto length = [&](const std::vector<std::int64_t>& batch) {
    return captions.gather(batch, {false, false}, 0, 1).states.size(1);
  };
  EXPECT_EQ(length({0, 0}), 8);
  EXPECT_EQ(length({0, 1}), 16);
}

TEST_F(TrainingCaptionsTest, DroppedOnesAreTheEmptyCaption) {
  const TrainingCaptions captions(config_, short_and_long(), torch::kCPU);
  const TextStates rows = captions.gather({0, 1}, {false, true}, 0, 2);
  const TextStates expected = captions.encoder().encode({"gold", ""});
  for (std::int64_t row = 0; row < 2; ++row) {
    const auto tokens = expected.mask[row].sum().item<std::int64_t>();
    EXPECT_EQ(rows.mask[row].sum().item<std::int64_t>(), tokens);
    EXPECT_TRUE(
        torch::equal(rows.states[row].narrow(0, 0, tokens), expected.states[row].narrow(0, 0, tokens)));
  }
}

TEST_F(TrainingCaptionsTest, WherePaddingIsHeardEveryBatchHasTheSame) {
  config_.network.unet.only_cross_attention = true;
  const TrainingCaptions captions(config_, short_and_long(), torch::kCPU);
  EXPECT_EQ(captions.gather({0}, {false}, 0, 1).states.size(1), captions.encoder().max_length());
}

}  // namespace
}  // namespace glyffuser

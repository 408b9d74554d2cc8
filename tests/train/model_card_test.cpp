#include "glyffuser/train/model_card.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tiny_model.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

GlyphSet four_and_two() {
  GlyphRecords records;
  records.ink = pack_pictures(torch::zeros({6, 8, 8}, torch::kUInt8));
  records.code_points.assign(6, 0);
  records.captions.assign(6, "a caption");
  return {std::move(records), {false, false, true, false, true, false}};
}

TEST(ModelCardTest, SaysWhatTheModelIsAndWhereItComesFrom) {
  RunConfig config = testing::tiny_config();
  config.scheduler.prediction_type = "sample";
  Model model = testing::tiny_model();
  model.info.conditional = false;
  model.info.steps = 5;
  model.info.samples = 40;
  const std::string card = model_card(config, model, four_and_two());
  for (const char* part :
       {"without a prompt, 32 × 32 pixels", "UNet2DModel", "patches of 4 × 4", "1000 time steps, sample",
        "4 glyphs trained on, 2 held out, drawn from NotoSansCJK-Regular.ttc with the definitions of",
        "5 steps, 40 samples (10.0 epochs), batch 8, AdamW 5e-04, caption dropout 0.1", "(EMA 0.9999)"})
    EXPECT_THAT(card, HasSubstr(part));
  EXPECT_THAT(card, Not(HasSubstr("--prompt")));
  model.info.conditional = true;
  config.data.folder = "/somewhere/my-pictures";
  const std::string other = model_card(config, model, four_and_two());
  for (const char* part : {"from English prompts", "from the folder my-pictures", "--prompt gold"})
    EXPECT_THAT(other, HasSubstr(part));
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/model/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "glyffuser/core/text.hpp"
#include "glyffuser/model/model.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::tiny_model;

class DescribeTest : public ::testing::Test {
 protected:
  ModelDescription described(const std::string& card, torch::Dtype dtype = torch::kFloat) {
    Model model = tiny_model();
    model.info.steps = 12;
    model.info.samples = 768;
    save_model(folder_ / "m", model, {.text_encoder = {}, .card = card, .dtype = dtype});
    return describe_model(folder_ / "m", folder_ / "m");
  }
  const testing::TemporaryFolder folder_;
};

TEST_F(DescribeTest, SaysWhatTheFilesSay) {
  const ModelDescription d =
      described("# A model\n\n- Data: 3 glyphs\n\n## Licences\n\nMIT.\n", torch::kHalf);
  EXPECT_EQ(d.name, "m");
  EXPECT_EQ(d.hash, model_hash(folder_ / "m", folder_ / "m"));
  EXPECT_EQ(d.dtype, "float16");
  EXPECT_EQ(d.image_size, 32);
  EXPECT_EQ(d.parameters, parameter_count(*tiny_model().unet));
  EXPECT_THAT(d.network, HasSubstr("UNet2DModel, levels of"));
  EXPECT_THAT(d.schedule, HasSubstr("1000 time steps, predicts"));
  EXPECT_EQ(d.scheduler, "ddim, x_0 clipped to ±1");
  const std::string text = to_text(d);
  EXPECT_THAT(text, HasSubstr(cat("Model:        m (", d.hash, ")\n")));
  EXPECT_THAT(text, HasSubstr("Draws:        32 × 32 pixels without a prompt, in patches of 4 × 4\n"));
  EXPECT_THAT(text, HasSubstr("Data:         3 glyphs\n"));
  EXPECT_THAT(text, HasSubstr("Training:     12 steps, 768 samples\n"));
  EXPECT_THAT(text, HasSubstr("Licences:     MIT.\n"));
  EXPECT_THAT(text, Not(HasSubstr("Quality")));
}

TEST_F(DescribeTest, JsonIsOneLineWithNullForWhatIsNotTold) {
  const std::string line = to_json(described(""));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["steps"], 12);
  EXPECT_EQ(json["pixel_range"], (std::vector<double>{-1, 1}));
  for (const char* key : {"text_encoder", "data", "quality", "licences"})
    EXPECT_TRUE(json[key].is_null()) << key;
}

TEST_F(DescribeTest, LongTextsAreWrapped) {
  std::string words = "word";
  for (int i = 0; i < 60; ++i) words += " 漢字words";
  for (const std::string& line : split(to_text(described(cat("## Quality\n\n", words, "\n"))), '\n'))
    EXPECT_LE(decode_utf8(line).size(), 100U) << line;
}

}  // namespace
}  // namespace glyffuser

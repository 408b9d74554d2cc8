#include "glyffuser/model/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "glyffuser/core/text.hpp"
#include "glyffuser/model/model.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::tiny_model;
using testing::TinyTextEncoder;

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

TEST_F(DescribeTest, TheMiddleIsNamedWhereItAttends) {
  const auto network = [&](const std::function<void(UNetConfig&)>& change) {
    Model model = tiny_model();
    UNetConfig config = model.unet->config();
    change(config);
    model.unet = make_unet(config, 1);
    const TinyTextEncoder encoder;
    save_model(folder_ / "m", model, {.text_encoder = encoder.path(), .card = ""});
    return describe_model(folder_ / "m", folder_ / "m").network;
  };
  EXPECT_THAT(network([](auto&) {}), HasSubstr("self-attention at 4 × 4 and the middle"));
  EXPECT_THAT(network([](auto& c) { c.add_attention = false; }), Not(HasSubstr("middle")));
  const auto with_text = [](UNetConfig& c) {
    c.class_name = "UNet2DConditionModel";
    c.down_block_types[1] = "CrossAttnDownBlock2D";
    c.up_block_types[0] = "CrossAttnUpBlock2D";
  };
  EXPECT_THAT(network(with_text), Not(HasSubstr("middle")));
  EXPECT_THAT(network([&](auto& c) { with_text(c), c.mid_block_type = "UNetMidBlock2DCrossAttn"; }),
              HasSubstr("cross-attention at 4 × 4 and the middle"));
}

TEST_F(DescribeTest, TheScheduleIsWhatTheFileSays) {
  described("");
  const auto with = [&](const std::string& json) {
    folder_.write("m/scheduler/scheduler_config.json", json);
    return describe_model(folder_ / "m", folder_ / "m");
  };
  const auto own = with(R"({"trained_betas": [0.1, 0.2], "num_train_timesteps": 2, "clip_sample": false})");
  EXPECT_EQ(own.schedule, "betas of its own, 2 time steps, predicts epsilon");
  EXPECT_EQ(own.scheduler, "ddim");
  const auto linear = with(R"({"_class_name": "DPMSolverSDEScheduler", "beta_schedule": "linear",
      "prediction_type": "sample", "rescale_betas_zero_snr": true})");
  EXPECT_EQ(linear.schedule,
            "linear from 0.00085 to 0.012, 1000 time steps, predicts sample, zero terminal SNR");
  EXPECT_EQ(linear.scheduler, "dpmsolver-sde");
  EXPECT_EQ(with(R"({"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "squaredcos_cap_v2"})")
                .scheduler,
            "dpmsolver++, order 2");
}

TEST_F(DescribeTest, ALicenceMayStandInTheCardsFields) {
  EXPECT_EQ(described("---\nlicense: mit\n---\n# x\n").licences, "mit");
  EXPECT_EQ(described("---\nlicense: mit\n---\n## Licences\n\nApache.\n").licences, "Apache.");
}

TEST_F(DescribeTest, ATrainingIsToldWhereThereWasOne) {
  ModelDescription d;
  EXPECT_THAT(to_text(d), Not(HasSubstr("Training")));
  d.steps = 3, d.samples = 9;
  EXPECT_THAT(to_text(d), HasSubstr("Training:     3 steps, 9 samples\n"));
}

TEST_F(DescribeTest, LinesAreFilledToTheLastColumn) {
  const auto words = [](std::size_t length) {
    std::string word;
    while (length-- > 0) word += "字";
    return word;
  };
  const auto quality = [](const std::string& value) {
    ModelDescription d;
    d.quality = value;
    const std::string text = to_text(d);
    return text.substr(text.find("Quality:"));
  };
  const std::string indent(14, ' ');
  const std::string full = words(43) + " " + words(42);  // 86 columns beside the label's 14
  EXPECT_EQ(quality(full), cat("Quality:      ", full, "\n"));
  EXPECT_EQ(quality(full + "x"), cat("Quality:      ", words(43), "\n", indent, words(42), "x\n"));
  EXPECT_EQ(quality(full + " " + full), cat("Quality:      ", full, "\n", indent, full, "\n"));
}

}  // namespace
}  // namespace glyffuser

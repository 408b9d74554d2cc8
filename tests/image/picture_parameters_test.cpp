#include "glyffuser/image/picture_parameters.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

PictureParameters example() {
  return {.prompt = "gold; metal",
          .negative_prompt = "water",
          .steps = 50,
          .scheduler = "ddim",
          .timestep_spacing = "trailing",
          .guidance_scale = 3,
          .precision = "fp32",
          .seed = 18446744073709551615U,
          .width = 128,
          .height = 96,
          .model = "small, first",
          .model_hash = "0123456789",
          .noise = ""};
}

TEST(PictureParametersTest, LineIsTheGrammarImageToolsRead) {
  EXPECT_EQ(parameters_line(example()),
            "gold; metal\nNegative prompt: water\nSteps: 50, Sampler: ddim, CFG scale: 3, "
            "Seed: 18446744073709551615, Size: 128x96, Model hash: 0123456789, Model: \"small, first\"");
  PictureParameters plain = example();
  plain.negative_prompt.clear();
  plain.guidance_scale = 2.5;
  EXPECT_EQ(parameters_line(plain).find("Negative"), std::string::npos);
  EXPECT_NE(parameters_line(plain).find("CFG scale: 2.5,"), std::string::npos);
}

TEST(PictureParametersTest, TheWebuisExpressionFindsEveryValue) {
  // re_param of stable-diffusion-webui, modules/infotext_utils.py.
  const std::regex expression(R"re(\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$))re");
  const std::string line = parameters_line(example());
  const std::string last = line.substr(line.rfind('\n') + 1);
  std::map<std::string, std::string> found;
  for (std::sregex_iterator it(last.begin(), last.end(), expression), end; it != end; ++it) {
    found[(*it)[1]] = (*it)[2];
  }
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"Steps", "50"},
                                                       {"Sampler", "ddim"},
                                                       {"CFG scale", "3"},
                                                       {"Seed", "18446744073709551615"},
                                                       {"Size", "128x96"},
                                                       {"Model hash", "0123456789"},
                                                       {"Model", "\"small, first\""}}));
}

TEST(PictureParametersTest, JsonSaysTheSame) {
  const auto json = nlohmann::json::parse(parameters_json(example()));
  EXPECT_EQ(json.at("prompt"), "gold; metal");
  EXPECT_EQ(json.at("negative_prompt"), "water");
  EXPECT_EQ(json.at("seed").get<std::uint64_t>(), 18446744073709551615U);
  EXPECT_EQ(json.at("guidance_scale"), 3.0);
  EXPECT_EQ(json.at("model"), "small, first");
  EXPECT_EQ(json.at("model_hash"), "0123456789");
  EXPECT_EQ(json.size(), 15U);
}

TEST(PictureParametersTest, JsonHasEveryParameterUnderItsName) {
  PictureParameters all = example();
  all.eta = 0.25;
  all.guidance_rescale = 0.75;
  all.precision = "bf16";
  all.seed = 1;
  all.noise = "n";
  EXPECT_EQ(parameters_json(all),
            R"({"prompt":"gold; metal","negative_prompt":"water","steps":50,"scheduler":"ddim",)"
            R"("timestep_spacing":"trailing","eta":0.25,"guidance_scale":3.0,"guidance_rescale":0.75,)"
            R"("precision":"bf16","seed":1,"width":128,"height":96,"model":"small, first",)"
            R"("model_hash":"0123456789","noise":"n"})");
}

TEST(PictureParametersTest, WhatWouldEndAValueIsQuoted) {
  PictureParameters odd = example();
  odd.scheduler = "a,b";
  odd.model = "m: \"x\"";
  odd.other = {{"pixel_range", "a:b"}, {"init", "x\"y"}};
  const std::string line = parameters_line(odd);
  for (const char* part :
       {"Sampler: \"a,b\"", R"(Model: "m: \"x\"")", "pixel_range: \"a:b\"", R"(init: "x\"y")"})
    EXPECT_THAT(line, ::testing::HasSubstr(part));
}

TEST(PictureParametersTest, OtherSettingsAreInBoth) {
  PictureParameters other = example();
  other.other = {{"init", "金"}, {"strength", "0.8"}};
  EXPECT_NE(parameters_line(other).find(", Model: \"small, first\", init: 金, strength: 0.8"),
            std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(parameters_json(other)).at("init"), "金");
}

TEST(PictureParametersTest, RefusesAPromptThatIsNotUtf8) {
  PictureParameters broken = example();
  broken.prompt = "gold\xff";
  testing::expect_error<ConfigError>([&] { picture_text(broken); }, {"UTF-8"});
}

}  // namespace
}  // namespace glyffuser

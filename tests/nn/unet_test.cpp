// Parity with diffusers 0.42 on weights and inputs from a formula; scripts/fixtures/unet.py made the
// fixtures.
#include "glyffuser/nn/unet.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/nn/unet_config_json.hpp"
#include "glyffuser/tensor/safetensors.hpp"
#include "tests/nn/formula.hpp"

namespace glyffuser {
namespace {

using testing::fill_by_formula;
using testing::formula_values;
using testing::sorted_parameters;

const std::filesystem::path kFixtures = std::filesystem::path(GLYFFUSER_SOURCE_DIR) / "tests/fixtures/nn";

struct Case {
  const char* name;
  std::int64_t parameters;
  std::int64_t batch;
  std::int64_t size;          // height and width
  std::int64_t tokens;        // 0: no text
  std::vector<int> attended;  // tokens per image; empty: no mask
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

struct Inputs {
  torch::Tensor sample, timestep, states, mask;
};

Inputs make_inputs(const Case& c, const UNetConfig& config) {
  Inputs inputs;
  inputs.sample = formula_values(100000, {c.batch, config.in_channels, c.size, c.size}) * 2;
  inputs.timestep = torch::arange(c.batch) * 613 + 37;
  if (c.tokens > 0) inputs.states = formula_values(100001, {c.batch, c.tokens, config.encoder_width()});
  if (!c.attended.empty()) {
    inputs.mask = torch::arange(c.tokens).unsqueeze(0) < torch::tensor(c.attended).unsqueeze(1);
  }
  return inputs;
}

class UNetParityTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    unet_ = std::make_shared<UNet>(read_unet_config(kFixtures / (std::string(GetParam().name) + ".json")));
    fill_by_formula(*unet_);
    file_ = read_safetensors(kFixtures / (std::string(GetParam().name) + ".safetensors"));
    inputs_ = make_inputs(GetParam(), unet_->config());
  }
  torch::Tensor forward(const torch::Tensor& sample) const {
    return unet_->forward(sample, inputs_.timestep, inputs_.states, inputs_.mask);
  }
  void expect_output(const torch::Tensor& output) const {
    const torch::Tensor& expected = file_.tensors.at("output");
    ASSERT_EQ(output.sizes(), expected.sizes());
    EXPECT_LT((output - expected).abs().max().item<float>() / expected.abs().max().item<float>(), 1e-4);
  }

  std::shared_ptr<UNet> unet_;
  SafetensorsFile file_;
  Inputs inputs_;
};

TEST_P(UNetParityTest, HasTheParametersOfDiffusers) {
  EXPECT_EQ(parameter_count(*unet_), GetParam().parameters);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : sorted_parameters(*unet_)) names.push_back(name);
  EXPECT_EQ(sha256(join(names, "\n")), file_.metadata.at("names_sha256"));
}

TEST_P(UNetParityTest, OutputIsDiffusersInBothMemoryFormats) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor output = forward(inputs_.sample);
  expect_output(output);
  EXPECT_TRUE(output.is_contiguous());
  expect_output(forward(inputs_.sample.contiguous(torch::MemoryFormat::ChannelsLast)));
}

TEST_P(UNetParityTest, PackedAndWithTheTextReadOnceItIsTheSame) {
  const torch::NoGradGuard no_grad;
  pack_weights(*unet_);
  const TextCondition text = unet_->read_text(inputs_.states, inputs_.mask, /*keep=*/true);
  EXPECT_EQ(text.context.kept != nullptr, unet_->config().is_conditional());
  expect_output(unet_->forward(inputs_.sample, inputs_.timestep, text));
  expect_output(unet_->forward(inputs_.sample, inputs_.timestep, text));  // from what was kept
}

TEST_P(UNetParityTest, GradientsAreDiffusers) {
  const torch::Tensor output = forward(inputs_.sample.contiguous(torch::MemoryFormat::ChannelsLast));
  expect_output(output);
  (output * formula_values(100002, output.sizes())).mean().backward();

  const torch::Tensor& summaries =
      file_.tensors.at("gradients");  // [parameters, max, sum, sum of magnitudes, samples]
  const std::int64_t samples = summaries.size(1) - 3;
  // Where a gradient is zero in exact arithmetic (a key's bias), both programs have rounding noise.
  const double noise = 1e-6 * summaries.select(1, 0).max().item<double>();
  std::int64_t row = 0;
  for (const auto& [name, parameter] : sorted_parameters(*unet_)) {
    const torch::Tensor expected = summaries[row++].to(torch::kDouble);
    ASSERT_TRUE(parameter.grad().defined()) << name;
    const torch::Tensor gradient = parameter.grad().reshape({-1}).to(torch::kDouble);
    const double tolerance = std::max(1e-3 * expected[0].item<double>(), noise);
    EXPECT_NEAR(gradient.abs().max().item<double>(), expected[0].item<double>(), tolerance) << name;
    const double sum_tolerance =
        std::max(1e-3 * expected[2].item<double>(), noise * static_cast<double>(gradient.numel()));
    EXPECT_NEAR(gradient.sum().item<double>(), expected[1].item<double>(), sum_tolerance) << name;
    EXPECT_NEAR(gradient.abs().sum().item<double>(), expected[2].item<double>(), sum_tolerance) << name;
    for (std::int64_t k = 0; k < samples; ++k) {
      EXPECT_NEAR(gradient[k * gradient.numel() / samples].item<double>(), expected[3 + k].item<double>(),
                  tolerance)
          << name << " at sample " << k;
    }
  }
  EXPECT_EQ(row, summaries.size(0));
}

INSTANTIATE_TEST_SUITE_P(Diffusers, UNetParityTest,
                         ::testing::Values(Case{"article", 129'737'473, 1, 32, 8, {}},
                                           Case{"article_text", 130'790'657, 1, 32, 8, {}},
                                           Case{"patch", 13'734'048, 2, 16, 8, {5, 8}},
                                           Case{"scale_shift", 757'595, 2, 16, 6, {2, 4}},
                                           Case{"unconditional", 1'623'169, 2, 16, 0, {}},
                                           Case{"unconditional_scale_shift", 1'191'105, 2, 16, 0, {}}),
                         ::testing::PrintToStringParamName());

UNetConfig tiny_config() {
  UNetConfig config;
  config.sample_size = 8;
  config.block_out_channels = {32, 32};
  config.down_block_types = {"DownBlock2D", "CrossAttnDownBlock2D"};
  config.up_block_types = {"CrossAttnUpBlock2D", "UpBlock2D"};
  config.layers_per_block = 1;
  config.cross_attention_dim = 16;
  config.encoder_hid_dim = 12;
  return config;
}

TEST(UNetTest, InitialValuesAreAFunctionOfTheSeed) {
  const auto first = make_unet(tiny_config(), 5), again = make_unet(tiny_config(), 5),
             other = make_unet(tiny_config(), 6);
  torch::rand({3});  // the global generator plays no part
  bool differs = false;
  const auto a = sorted_parameters(*first), b = sorted_parameters(*again), c = sorted_parameters(*other);
  for (const auto& [name, parameter] : a) {
    EXPECT_TRUE(torch::equal(parameter, b.at(name))) << name;
    differs = differs || !torch::equal(parameter, c.at(name));
  }
  EXPECT_TRUE(differs);
}

TEST(UNetTest, TheMiddleIsWhatTheUpBlocksBeginWith) {
  const UNetConfig config = read_unet_config(kFixtures / "unconditional.json");
  const auto unet = make_unet(config, 1);
  const torch::NoGradGuard no_grad;
  const torch::Tensor sample = formula_values(3, {2, config.in_channels, 16, 16});
  const torch::Tensor middle = unet->middle(sample, torch::tensor({5, 5}, torch::kInt64));
  EXPECT_EQ(middle.size(0), 2);
  EXPECT_EQ(middle.size(1), config.block_out_channels.back());
  EXPECT_FALSE(torch::allclose(middle, unet->middle(sample, torch::tensor({5, 900}, torch::kInt64))));
}

TEST(UNetTest, MaskedTokensDoNotMatter) {
  const auto unet = make_unet(tiny_config(), 1);
  const torch::NoGradGuard no_grad;
  const torch::Tensor sample = formula_values(1, {1, 1, 8, 8}), time = torch::tensor({10});
  const torch::Tensor states = formula_values(2, {1, 3, 12}), mask = torch::tensor({{1, 1, 0}});
  torch::Tensor changed = states.clone();
  changed.select(1, 2).fill_(9);
  EXPECT_TRUE(
      torch::equal(unet->forward(sample, time, states, mask), unet->forward(sample, time, changed, mask)));
  EXPECT_FALSE(torch::equal(unet->forward(sample, time, states), unet->forward(sample, time, changed)));
}

TEST(UNetTest, OneTimeStepStandsForTheWholeBatch) {
  const auto unet = make_unet(tiny_config(), 1);
  const torch::NoGradGuard no_grad;
  const torch::Tensor sample = formula_values(1, {2, 1, 8, 8}), states = formula_values(2, {2, 3, 12});
  const TextCondition text = unet->read_text(states, {});
  EXPECT_TRUE(torch::allclose(unet->forward(sample, torch::tensor({10}), text),
                              unet->forward(sample, torch::tensor({10, 10}), text), 0, 1e-5));
}

TEST(UNetTest, ImagesWithTwoTextsEachAreTheBatchOfBoth) {
  UNetConfig with_text_embedding = tiny_config(), without_cross_attention = tiny_config();
  with_text_embedding.addition_embed_type = "text";
  with_text_embedding.addition_embed_type_num_heads = 4;
  without_cross_attention.down_block_types = {"DownBlock2D", "DownBlock2D"};
  without_cross_attention.up_block_types = {"UpBlock2D", "UpBlock2D"};
  without_cross_attention.mid_block_type.reset();
  for (const UNetConfig& config : {tiny_config(), with_text_embedding, without_cross_attention}) {
    const auto unet = make_unet(config, 1);
    const torch::NoGradGuard no_grad;
    const torch::Tensor images = formula_values(1, {2, 1, 8, 8}), states = formula_values(2, {4, 3, 12});
    const torch::Tensor time = torch::tensor({10}), mask = torch::tensor({{1, 1, 0}}).expand({4, 3});
    const TextCondition text = unet->read_text(states, mask);
    const torch::Tensor both = unet->forward(images, time, text);
    EXPECT_TRUE(torch::allclose(both, unet->forward(torch::cat({images, images}), time, text), 0, 1e-5));
    EXPECT_EQ(both.size(0), 4);
  }
}

TEST(UNetTest, TheResultHasTheDtypeOfTheSample) {
  const auto unet = make_unet(tiny_config(), 1);
  set_dtype(*unet, torch::kBFloat16);
  const torch::NoGradGuard no_grad;
  const torch::Tensor sample = formula_values(1, {1, 1, 8, 8}), time = torch::tensor({10}),
                      states = formula_values(2, {1, 3, 12});
  for (const auto dtype : {torch::kFloat, torch::kDouble, torch::kBFloat16}) {
    EXPECT_EQ(unet->forward(sample.to(dtype), time, states).scalar_type(), dtype);
    EXPECT_EQ(unet->middle(sample.to(dtype), time, states).scalar_type(), dtype);
  }
}

TEST(UNetTest, NormsStayInFloatInBfloat16Only) {
  const auto unet = make_unet(tiny_config(), 1);
  for (const auto& [dtype, of_norms] : {std::pair{torch::kBFloat16, torch::kFloat},
                                        {torch::kDouble, torch::kDouble},
                                        {torch::kHalf, torch::kHalf}}) {
    set_dtype(*unet, dtype);
    const auto weights = sorted_parameters(*unet);
    EXPECT_EQ(weights.at("conv_norm_out.weight").scalar_type(), of_norms);
    EXPECT_EQ(weights.at("mid_block.attentions.0.transformer_blocks.0.norm1.bias").scalar_type(), of_norms);
    EXPECT_EQ(weights.at("conv_out.weight").scalar_type(), dtype);
  }
}

// What is kept would belong to the weights of another step, and to a graph that is gone.
TEST(UNetTest, NothingIsKeptWhereGradientsAreOn) {
  const auto unet = make_unet(tiny_config(), 1);
  EXPECT_EQ(unet->read_text(formula_values(2, {1, 3, 12}), {}, /*keep=*/true).context.kept, nullptr);
}

TEST(UNetTest, ACopyIsInTheSameModeAndHasWeightsOfItsOwn) {
  const auto unet = make_unet(tiny_config(), 1);
  unet->eval();
  unet->recompute_in_backward(true);
  const auto copy = copy_as(*unet, torch::kFloat);
  EXPECT_FALSE(copy->is_training());
  EXPECT_TRUE(copy->recomputes_in_backward());
  const auto weights = sorted_parameters(*unet);
  for (const auto& [name, weight] : sorted_parameters(*copy)) {
    EXPECT_TRUE(torch::equal(weight, weights.at(name))) << name;
    EXPECT_NE(weight.data_ptr(), weights.at(name).data_ptr()) << name;
  }
}

TEST(UNetTest, AnotherPrecisionDropsPackedWeights) {
  const auto unet = make_unet(tiny_config(), 1);
  const torch::NoGradGuard no_grad;
  const auto forward = [&] {
    return unet->forward(formula_values(1, {1, 1, 8, 8}), torch::tensor({10}), formula_values(2, {1, 3, 12}));
  };
  pack_weights(*unet);
  forward();  // packs for this size
  for (torch::Tensor& parameter : unet->parameters()) parameter.mul_(0.5);
  const torch::Tensor stale = forward();
  set_dtype(*unet, torch::kFloat);
  const torch::Tensor fresh = forward();
  EXPECT_FALSE(torch::allclose(stale, fresh, 0, 1e-4));
  pack_weights(*unet);
  EXPECT_TRUE(torch::allclose(forward(), fresh, 0, 1e-5));
}

TEST(UNetTest, DropoutActsInTrainingOnly) {
  UNetConfig config = tiny_config();
  config.dropout = 0.5;
  const auto unet = make_unet(config, 1);
  const torch::NoGradGuard no_grad;
  const torch::Tensor sample = formula_values(1, {1, 1, 8, 8}), time = torch::tensor({10}),
                      states = formula_values(2, {1, 3, 12});
  EXPECT_FALSE(torch::equal(unet->forward(sample, time, states), unet->forward(sample, time, states)));
  unet->eval();
  EXPECT_TRUE(torch::equal(unet->forward(sample, time, states), unet->forward(sample, time, states)));
}

}  // namespace
}  // namespace glyffuser

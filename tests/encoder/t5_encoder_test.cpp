#include "glyffuser/encoder/t5_encoder.hpp"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/script.h>
#include <torch/types.h>

#include "glyffuser/core/files.hpp"
#include "glyffuser/tensor/safetensors.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

const std::filesystem::path kFixtures = GLYFFUSER_SOURCE_DIR "/tests/fixtures/encoder";

class T5EncoderTest : public ::testing::TestWithParam<std::string> {};

void expect_states_of_transformers(const T5Encoder& encoder, const std::string& kind, float tolerance) {
  auto batches = read_safetensors(kFixtures / kind / "batches.safetensors").tensors;
  ASSERT_EQ(batches.size() % 3, 0U);
  for (std::size_t i = 0; i < batches.size() / 3; ++i) {
    const std::string batch = std::to_string(i);
    const auto& mask = batches.at(batch + ".attention_mask");
    const auto tokens = mask.unsqueeze(2).to(torch::kFloat);
    const auto states = encoder.forward(batches.at(batch + ".input_ids"), mask);
    EXPECT_EQ(states.device(), encoder.device());
    EXPECT_FALSE(states.requires_grad());
    const auto difference = (states.cpu() - batches.at(batch + ".last_hidden_state")) * tokens;
    EXPECT_LT(difference.abs().max().item<float>(), tolerance) << "batch " << i;
  }
}

TEST_P(T5EncoderTest, AgreesWithTransformersOnPaddedBatches) {
  expect_states_of_transformers(T5Encoder(kFixtures / GetParam()), GetParam(), 1e-5F);
}

TEST_P(T5EncoderTest, AgreesWithTransformersOnAGpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device here";
  expect_states_of_transformers(T5Encoder(kFixtures / GetParam(), {torch::kCUDA, 0}), GetParam(), 1e-4F);
}

TEST_P(T5EncoderTest, AutocastOutsideChangesNothing) {
  const T5Encoder encoder(kFixtures / GetParam());
  auto batches = read_safetensors(kFixtures / GetParam() / "batches.safetensors").tensors;
  const auto run = [&] { return encoder.forward(batches.at("0.input_ids"), batches.at("0.attention_mask")); };
  const auto plain = run();
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const auto inside = run();
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  at::autocast::set_autocast_enabled(at::kCPU, false);
  EXPECT_TRUE(torch::equal(plain, inside));
}

INSTANTIATE_TEST_SUITE_P(FeedForward, T5EncoderTest, ::testing::Values("relu", "gated-gelu"),
                         [](const auto& parameter) {
                           return parameter.param == "relu" ? "relu" : "gated_gelu";
                         });

TEST(T5EncoderFilesTest, BrokenFilesAreNamedInOneSentence) {
  const TemporaryFolder folder;
  const std::string module = read_file(kFixtures / "relu/encoder.pt");
  const auto load = [&] { T5Encoder{folder.path()}; };
  expect_error<FileError>(load, {"config.json"});
  for (const std::string bad : {"", "[]", "{\"d_model\": 32}", "{\"d_model\": \"x\", \"vocab_size\": 1}"}) {
    folder.write("config.json", bad);
    expect_error<FileError>(load, {"config.json"});
  }
  folder.write("config.json", "{\"d_model\": 32, \"vocab_size\": 100}");
  expect_error<FileError>(load, {"encoder.pt"});
  for (const std::string& bad : {std::string(), std::string("foreign"), module.substr(0, 100),
                                 module.substr(0, module.size() / 2), module.substr(0, module.size() - 1)}) {
    folder.write("encoder.pt", bad);
    expect_error<FileError>(load, {"encoder.pt"});
  }
  folder.write("encoder.pt", module);
  load();
}

TEST(T5EncoderFilesTest, AModuleOfAnotherShapeIsNamed) {
  const TemporaryFolder folder;
  folder.write("config.json", "{\"d_model\": 31, \"vocab_size\": 100}");
  folder.write("encoder.pt", read_file(kFixtures / "relu/encoder.pt"));
  const T5Encoder encoder(folder.path());
  const auto ones = torch::ones({2, 3}, torch::kLong);
  expect_error<FileError>([&] { encoder.forward(ones, ones); }, {"encoder.pt", "[2, 3, 32]", "[2, 3, 31]"});
  expect_error<FileError>([&] { encoder.forward(ones * 100, ones); }, {"encoder.pt", "index out of range"});
}

TEST(T5EncoderFilesTest, ExhaustedMemoryIsNoDamage) {
  const TemporaryFolder folder;
  torch::jit::Module module("encoder");
  module.define("def forward(self, ids, mask):\n  return torch.zeros([1000000, 1000000, 1000])\n");
  module.save((folder / "encoder.pt").string());
  folder.write("config.json", "{\"d_model\": 4, \"vocab_size\": 100}");
  const T5Encoder encoder(folder.path());
  const auto ones = torch::ones({2, 3}, torch::kLong);
  expect_error<RunError>([&] { encoder.forward(ones, ones); },
                         {"memory", "2 texts", "text_encoder.batch_size"});
}

TEST(T5EncoderFilesTest, AModuleThatGivesNoNumbersOfStatesIsNamed) {
  const TemporaryFolder folder;
  torch::jit::Module module("encoder");
  module.define("def forward(self, ids, mask):\n  return ids.unsqueeze(2).repeat([1, 1, 4])\n");
  module.save((folder / "encoder.pt").string());
  folder.write("config.json", "{\"d_model\": 4, \"vocab_size\": 100}");
  const T5Encoder encoder(folder.path());
  const auto ones = torch::ones({2, 3}, torch::kLong);
  expect_error<FileError>([&] { encoder.forward(ones, ones); }, {"encoder.pt", "[2, 3, 4]"});
}

}  // namespace
}  // namespace glyffuser

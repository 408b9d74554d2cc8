#include "glyffuser/encoder/text_encoder.hpp"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "glyffuser/core/files.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;
using testing::TinyTextEncoder;

// google/sentencepiece#944: a shared SentencePiece beside LibTorch overwrote a mutex in libc10, and the first
// call of a TorchScript module never returned. ctest's time limit turns that into a failure.
TEST(TextEncoderTest, TokenizesAndThenRunsATorchScriptModule) {
  const TinyTextEncoder tiny;
  const Tokenizer tokenizer(tiny.folder() / "tokenizer");
  const TokenBatch tokens = tokenizer.encode_batch({"gold; metal"}, 8);
  const T5Encoder encoder(tiny.folder() / "text_encoder");
  const auto ids = torch::tensor(tokens.input_ids).unsqueeze(0);
  const auto states = encoder.forward(ids, torch::tensor(tokens.attention_mask).unsqueeze(0));
  EXPECT_EQ(states.sizes(), (std::vector<std::int64_t>{1, 8, 8}));
}

TEST(TextEncoderTest, StatesStandAtTheirTokensAndPaddingIsZero) {
  const TinyTextEncoder tiny;
  const TextEncoder encoder({.path = tiny.path(), .max_length = 40, .batch_size = 2});
  std::string long_text;
  for (int i = 0; i < 30; ++i) long_text += "water ";
  const TextStates result = encoder.encode({"gold; metal", long_text, "", "a mental illness"});
  ASSERT_EQ(result.states.sizes(), (std::vector<std::int64_t>{4, 40, 8}));
  ASSERT_EQ(result.mask.sizes(), (std::vector<std::int64_t>{4, 40}));
  std::vector<std::int64_t> water(30, 387);
  water.push_back(1);
  const std::vector<std::vector<std::int64_t>> ids = {
      {2045, 117, 1946, 1}, water, {1}, {3, 9, 2550, 7095, 1}};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto row = result.states[static_cast<std::int64_t>(i)];
    const auto count = static_cast<std::int64_t>(ids[i].size());
    EXPECT_TRUE(torch::allclose(row.narrow(0, 0, count), tiny.expected(ids[i]), 1e-5, 1e-6)) << i;
    EXPECT_EQ(row.narrow(0, count, 40 - count).abs().max().item<float>(), 0) << i;
    EXPECT_EQ(result.mask[static_cast<std::int64_t>(i)].sum().item<std::int64_t>(), count);
  }
}

TEST(TextStatesTest, ARowIsRepeatedWithItsMask) {
  const TextStates texts{.states = torch::arange(12).to(torch::kFloat).view({2, 3, 2}),
                         .mask = torch::tensor({1, 1, 0, 1, 0, 0}, torch::kBool).view({2, 3})};
  const TextStates second = texts.repeated(1, 4);
  EXPECT_EQ(second.states.sizes(), (std::vector<std::int64_t>{4, 3, 2}));
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(torch::equal(second.states[i], texts.states[1])) << i;
    EXPECT_TRUE(torch::equal(second.mask[i], texts.mask[1])) << i;
  }
  EXPECT_FALSE(TextStates{}.repeated(0, 4).states.defined());
}

TEST(TextEncoderTest, StatesDependNeitherOnNeighboursNorOnTheirNumber) {
  const TinyTextEncoder tiny;
  const TextEncoder encoder({.path = tiny.path(), .max_length = {}, .batch_size = 4});
  const std::vector<std::string> texts = {"gold", "water; river",  "", "to speak of fish",
                                          "bird", "tree tree tree"};
  const TextStates together = encoder.encode(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_TRUE(
        torch::equal(encoder.encode({texts[i]}).states[0], together.states[static_cast<std::int64_t>(i)]));
  }
  EXPECT_EQ(encoder.encode({}).states.sizes(), (std::vector<std::int64_t>{0, 64, 8}));
}

TEST(TextEncoderTest, HalfPrecisionWeightsAreComputedWithInFloat32) {
  const TinyTextEncoder tiny(64, torch::kHalf);
  const TextEncoder encoder({.path = tiny.path(), .max_length = 8, .batch_size = 1});
  const TextStates result = encoder.encode({"gold; metal"});
  EXPECT_EQ(result.states.scalar_type(), torch::kFloat);
  EXPECT_TRUE(
      torch::allclose(result.states[0].narrow(0, 0, 4), tiny.expected({2045, 117, 1946, 1}), 1e-5, 1e-6));
}

TEST(TextEncoderTest, TokenizerAndEncoderMustFit) {
  const TinyTextEncoder tiny;
  tiny.write_config(31999);
  expect_error<FileError>([&] { TextEncoder{{.path = tiny.path(), .max_length = {}}}; }, {"32000", "31999"});
  tiny.write_config(32128);
  expect_error<ConfigError>([&] { TextEncoder{{.path = tiny.path(), .max_length = 65}}; },
                            {"max_length", "65", "64"});
}

TEST(TextEncoderTest, IdentityNamesWhatDecidesTheStates) {
  const TinyTextEncoder tiny;
  const TextEncoder one({.path = tiny.path(), .max_length = 32});
  const TextEncoder same({.path = tiny.path(), .max_length = 32});
  const TextEncoder other({.path = tiny.path(), .max_length = 33});
  EXPECT_EQ(one.identity(), same.identity());
  EXPECT_NE(one.identity(), other.identity());
  const TextEncoder in_other_batches({.path = tiny.path(), .max_length = 32, .batch_size = 3});
  EXPECT_NE(one.identity(), in_other_batches.identity());
  const TinyTextEncoder of_other_weights(64, torch::kHalf), of_other_pieces;
  EXPECT_NE(one.identity(), TextEncoder({.path = of_other_weights.path(), .max_length = 32}).identity());
  const auto spiece = of_other_pieces.folder() / "tokenizer/spiece.model";
  std::string pieces = read_file(spiece);
  const std::size_t at = pieces.find("brain-ogm");  // where it was made, which it tells as well
  ASSERT_NE(at, std::string::npos);
  write_file_atomically(spiece, pieces.replace(at, 9, "elsewhere"));
  EXPECT_NE(one.identity(), TextEncoder({.path = of_other_pieces.path(), .max_length = 32}).identity());
}

}  // namespace
}  // namespace glyffuser

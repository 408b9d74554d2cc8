#include "glyffuser/sample/prompt_states.hpp"

#include <gtest/gtest.h>

#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

TEST(PromptStatesTest, TheyAreTheEncodersWhateverWasAskedBefore) {
  const testing::TinyTextEncoder folder(16);
  TextEncoderConfig config;
  config.path = folder.path();
  const TextEncoder encoder(config);
  PromptStates prompts(config, 8, torch::kCPU);
  const std::vector<std::string> texts = {"gold", "", "to speak", "gold"};
  prompts.states({"water", "gold"});
  for (int again = 0; again < 2; ++again) {
    const TextStates states = prompts.states(texts);
    const TextStates expected = encoder.encode(texts);
    EXPECT_TRUE(torch::equal(states.states, expected.states));
    EXPECT_TRUE(torch::equal(states.mask, expected.mask));
  }
}

TEST(PromptStatesTest, MoreTextsThanAreRemembered) {
  const testing::TinyTextEncoder folder(16);
  TextEncoderConfig config;
  config.path = folder.path();
  PromptStates prompts(config, 8, torch::kCPU);
  const torch::Tensor before = prompts.states({"gold"}).states;
  std::vector<std::string> many;
  for (int i = 0; i < 5000; ++i) many.push_back("number " + std::to_string(i));
  EXPECT_EQ(prompts.states(many).states.size(0), 5000);
  EXPECT_TRUE(torch::equal(prompts.states({"gold"}).states, before));
}

TEST(PromptStatesTest, AnEncoderOfAnotherWidth) {
  const testing::TinyTextEncoder folder;
  TextEncoderConfig config;
  config.path = folder.path();
  testing::expect_error<FileError>([&] { PromptStates(config, 256, torch::kCPU); }, {"width 8", "256"});
}

}  // namespace
}  // namespace glyffuser

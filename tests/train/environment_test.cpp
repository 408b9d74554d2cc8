#include "glyffuser/train/environment.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/hash.hpp"
#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {
namespace {

GlyphSet some_glyphs(std::uint8_t ink, bool held_out) {
  GlyphRecords records;
  records.ink = pack_pictures(torch::full({2, 32, 32}, ink, torch::kUInt8));
  records.code_points.assign(2, 0);
  records.captions = {"one", "two"};
  return {std::move(records), {false, held_out}};
}

std::map<std::string, std::string> environment_with(const GlyphSet& glyphs) {
  return training_environment({}, glyphs, nullptr, torch::kCPU, Communicator::alone());
}

TEST(EnvironmentTest, OtherDataAreNoticed) {
  const auto before = environment_with(some_glyphs(1, true));
  EXPECT_EQ(before.at("ranks"), "1");
  for (const char* key : {"glyffuser", "gradient_checkpointing", "processor's instructions"})
    EXPECT_FALSE(before.at(key).empty()) << key;
  EXPECT_FALSE(before.contains("text encoder"));
  EXPECT_EQ(before.at("micro_batch"), "64");  // the whole batch
  EXPECT_TRUE(environment_warnings(before, environment_with(some_glyphs(1, true))).empty());
  for (const GlyphSet& other : {some_glyphs(2, true), some_glyphs(1, false)}) {
    const auto warnings = environment_warnings(before, environment_with(other));
    ASSERT_EQ(warnings.size(), 2U);
    EXPECT_NE(warnings[0].find("data set ("), std::string::npos) << warnings[0];
    EXPECT_NE(warnings[1].find("held out now"), std::string::npos) << warnings[1];
  }
}

TEST(EnvironmentTest, WhatIsNotKnownIsNoChange) {
  auto now = environment_with(some_glyphs(1, true));
  auto before = now;
  before.erase("data set");
  EXPECT_TRUE(environment_warnings(before, now).empty());
  now["threads"] = "64";
  const auto warnings = environment_warnings(before, now);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("-> 64); the run goes on, perhaps not bit for bit"), std::string::npos)
      << warnings[0];
}

TEST(EnvironmentTest, NamesTheTextEncoderAndTheMicroBatch) {
  const testing::TinyTextEncoder encoder;
  const testing::TemporaryFolder cache;
  RunConfig config = testing::tiny_conditional_config(encoder.path(), cache.path().string());
  config.train.micro_batch = 4;
  const GlyphSet glyphs = some_glyphs(1, true);
  const TrainingCaptions captions(config, glyphs, torch::kCPU);
  const auto environment =
      training_environment(config.train, glyphs, &captions, torch::kCPU, Communicator::alone());
  EXPECT_EQ(environment.at("micro_batch"), "4");
  EXPECT_EQ(environment.at("text encoder"),
            sha256_file(encoder.folder() / "text_encoder/encoder.pt").substr(0, 12));
}

}  // namespace
}  // namespace glyffuser

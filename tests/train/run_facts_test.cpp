#include "glyffuser/train/run_facts.hpp"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/version.h>

#include <map>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/machine.hpp"
#include "glyffuser/core/version.hpp"
#include "tests/support/tiny_model.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {

using ::testing::HasSubstr;

TEST(RunFactsTest, AProcessSaysWhatItIs) {
  GlyphRecords records;
  records.ink = pack_pictures(torch::zeros({3, 32, 32}, torch::kUInt8));
  records.code_points = {U'一', U'二', U'三'};
  records.captions = {"one", "two", "two"};
  const GlyphSet glyphs(std::move(records), {false, false, true});
  const Model model = testing::tiny_model();
  const RunFacts facts = run_facts(testing::tiny_config(), "seed: 0\n", glyphs, model, 20, torch::kCPU);
  std::map<std::string, double> numbers(facts.numbers.begin(), facts.numbers.end());
  std::map<std::string, std::string> texts(facts.texts.begin(), facts.texts.end());
  EXPECT_EQ(numbers.at("total_steps"), 20);
  EXPECT_EQ(numbers.at("batch_size"), 8);
  EXPECT_EQ(numbers.at("training_glyphs"), 2);
  EXPECT_EQ(numbers.at("held_out_glyphs"), 1);
  EXPECT_EQ(numbers.at("captions"), 2);
  EXPECT_EQ(numbers.at("parameters"), static_cast<double>(parameter_count(*model.unet)));
  EXPECT_EQ(numbers.at("threads"), torch::get_num_threads());
  EXPECT_EQ(texts.at("revision"), version().revision);
  EXPECT_EQ(texts.at("torch"), TORCH_VERSION);
  EXPECT_EQ(texts.at("device_name"), processor_name());
  EXPECT_EQ(texts.at("config_sha256"), sha256("seed: 0\n"));
  EXPECT_EQ(texts.at("started").size(), std::string("2026-01-31T12:34:56+0100").size());
}

TEST(RunFactsTest, LinesForTheLog) {
  EXPECT_THAT(machine_line(torch::kCPU), HasSubstr(processor_name()));
  EXPECT_THAT(machine_line(torch::kCPU), HasSubstr("threads"));
  EXPECT_THAT(peak_memory_line(torch::kCPU), HasSubstr("B"));
}

}  // namespace glyffuser

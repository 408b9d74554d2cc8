#include "glyffuser/config/reader.hpp"

#include <gtest/gtest.h>

#include "glyffuser/config/dump.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser::config {
using testing::expect_error;

struct Inner {
  double rate = 1e-4;
  std::optional<double> gamma;
  std::vector<std::int64_t> channels = {64, 128};
};

void describe(Fields& fields, Inner& inner) {
  fields.field("rate", inner.rate, above(0.0));
  fields.field("gamma", inner.gamma, above(0.0));
  fields.field("channels", inner.channels, at_least<std::int64_t>(1));
}

struct Outer {
  std::int64_t steps = 10;
  bool fast = false;
  std::string precision = "fp32";
  std::string name = "a";
  std::vector<std::string> prompts;
  std::optional<std::string> note;
  std::optional<std::string> backend;
  std::optional<std::int64_t> limit;
  std::optional<bool> loud;
  std::vector<std::string> kinds;
  Inner train;
};

void describe(Fields& fields, Outer& outer) {
  fields.field("steps", outer.steps, between<std::int64_t>(1, 1000));
  fields.field("fast", outer.fast);
  fields.field("precision", outer.precision, {"fp32", "bf16"});
  fields.field("name", outer.name);
  fields.field("prompts", outer.prompts);
  fields.field("note", outer.note);
  fields.field("backend", outer.backend, {"cpu", "cuda"});
  fields.field("limit", outer.limit, at_least<std::int64_t>(1));
  fields.field("loud", outer.loud);
  fields.field("kinds", outer.kinds, {"svg", "png"});
  fields.section("train", outer.train);
}

Outer parse(const std::string& yaml, const std::vector<std::string>& sets = {}) {
  Node root = parse_text(yaml, "c.yaml");
  for (const std::string& assignment : sets) set(root, assignment);
  Outer outer;
  read(root, outer);
  return outer;
}

void expect_config_error(const std::string& yaml, std::initializer_list<std::string> parts) {
  expect_error<ConfigError>([&] { parse(yaml); }, parts);
}

TEST(ReaderTest, ReadsEveryType) {
  const Outer outer = parse(
      "steps: 1_000\nfast: yes\nprecision: bf16\nname: \"1\"\nprompts: [gold, \"to speak\"]\n"
      "train: {rate: 5e-4, gamma: 5, channels: [1, 2, 3]}\n");
  EXPECT_EQ(outer.steps, 1000);
  EXPECT_TRUE(outer.fast);
  EXPECT_EQ(outer.precision, "bf16");
  EXPECT_EQ(outer.name, "1");
  EXPECT_EQ(outer.prompts, (std::vector<std::string>{"gold", "to speak"}));
  EXPECT_EQ(outer.train.rate, 5e-4);
  EXPECT_EQ(outer.train.gamma, 5.0);
  EXPECT_EQ(outer.train.channels, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST(ReaderTest, WhatIsAbsentKeepsItsDefault) {
  for (const char* yaml : {"", "train:\n", "train: null\n", "# nothing\n"}) {
    const Outer outer = parse(yaml);
    EXPECT_EQ(outer.steps, 10);
    EXPECT_FALSE(outer.train.gamma.has_value());
  }
}

TEST(ReaderTest, OneValueIsAListOfOne) {
  EXPECT_EQ(parse("prompts: gold").prompts, std::vector<std::string>{"gold"});
}

TEST(ReaderTest, NullIsNothingAndQuotedIsAText) {
  EXPECT_EQ(parse("note: null").note, std::nullopt);
  EXPECT_EQ(parse("note: \"null\"").note, "null");
  EXPECT_EQ(parse("loud: ~").loud, std::nullopt);
  EXPECT_EQ(parse("loud: no").loud, false);
  Node root = parse_text("prompts:\n", "c.yaml");
  Outer outer;
  outer.prompts = {"gold"};
  read(root, outer);
  EXPECT_TRUE(outer.prompts.empty());
}

TEST(ReaderTest, APlusAndTheWordsForTrueAndFalse) {
  EXPECT_EQ(parse("steps: +5").steps, 5);
  EXPECT_EQ(parse("train: {rate: +5}").train.rate, 5.0);
  for (const char* yes : {"on", "True", "yes"}) EXPECT_TRUE(parse(cat("fast: ", yes)).fast) << yes;
  EXPECT_FALSE(parse("fast: on", {"fast=off"}).fast);
  expect_config_error("fast: \"true\"\n", {"true or false"});
  expect_config_error("train: {rate: \"5\"}\n", {"a number"});
  expect_config_error("train: {rate: +-5}\n", {"a number"});
}

TEST(ReaderTest, UnknownKeysComeWithPlaceAndSuggestion) {
  expect_config_error("steps: 1\n\nstesp: 2\n", {"c.yaml:3", "unknown key `stesp`", "did you mean `steps`"});
  expect_config_error("train:\n  raet: 2\n", {"c.yaml:2", "unknown key `train.raet`", "`rate`"});
  expect_config_error("wholly_other: 2\n", {"c.yaml:1", "unknown key `wholly_other`"});
}

TEST(ReaderTest, DuplicateKeysAreRefused) {
  expect_config_error("steps: 1\nsteps: 2\n", {"c.yaml:2", "`steps` is given twice", "c.yaml:1"});
  expect_config_error("train:\n  rate: 1\n  rate: 1\n", {"c.yaml:3", "`rate` is given twice"});
}

TEST(ReaderTest, WrongTypesSayWhatWasExpected) {
  expect_config_error("steps: many\n", {"c.yaml:1", "`steps` is `many`", "a whole number of at least 1"});
  expect_config_error("steps: 1.5\n", {"`1.5`", "whole number"});
  expect_config_error("steps: \"1\"\n", {"`steps` is `\"1\"`", "whole number"});
  expect_config_error("steps: [1]\n", {"a list", "whole number"});
  expect_config_error("steps:\n", {"nothing", "whole number"});
  expect_config_error("steps: 99999999999999999999\n", {"a whole number of at most 1000"});
  expect_config_error("limit: 9223372036854775808\n", {"a whole number of at most 9223372036854775807"});
  expect_config_error("fast: maybe\n", {"`maybe`", "true or false"});
  expect_config_error("train: 5\n", {"`train` is `5`", "expected a section"});
  expect_config_error("train: {rate: nan}\n", {"`train.rate`", "a number above 0"});
  expect_config_error("prompts: {a: 1}\n", {"`prompts`", "a section", "expected a text"});
  expect_config_error("name:\n  - 1\n", {"c.yaml:1: `name` is a list"});
}

TEST(ReaderTest, RangesAreChecked) {
  expect_config_error("steps: 0\n", {"`steps` is `0`", "at least 1"});
  expect_config_error("steps: 1001\n", {"`1001`", "a whole number of at least 1 and at most 1000"});
  expect_config_error("limit: 0\n", {"`limit` is `0`", "at least 1"});
  expect_config_error("train:\n  rate: 0\n", {"c.yaml:2", "a number above 0"});
  expect_config_error("train: {channels: [1, 0]}\n", {"`train.channels` is `0`", "at least 1"});
}

TEST(ReaderTest, ChoicesAreListed) {
  expect_config_error("precision: bf61\n", {"one of fp32, bf16", "did you mean `bf16`"});
  expect_config_error("backend: tpu\n", {"one of cpu, cuda"});
  expect_config_error("kinds: [svg, gif]\n", {"`kinds` is `gif`", "one of svg, png"});
}

TEST(ReaderTest, BrokenYamlNamesTheLine) {
  expect_config_error("steps: 1\nname: \"abc\n", {"c.yaml:", "not valid YAML"});
  expect_config_error("a: b: c\n", {"c.yaml:1", "not valid YAML"});
  expect_config_error("steps: 1\n---\nsteps: 2\n", {"c.yaml", "more than one document"});
  for (const char* endless : {",", ", a", "!x,y", "steps: 1\n---\n,"})
    expect_config_error(endless, {"c.yaml"});
  expect_config_error("steps: [1\n", {"c.yaml:", "not valid YAML"});
  expect_config_error("- 1\n- 2\n", {"c.yaml:1", "key: value"});
  expect_config_error("[1, 2]: 3\n", {"c.yaml:1", "plain word"});
}

TEST(ReaderTest, TabsInTheIndentationAreSaid) {
  for (const char* yaml : {"train:\n\trate: 1\n", "train:\n  gamma: 5\n\trate: 1\n", "train:\n  \trate: 1\n"})
    expect_config_error(yaml, {"c.yaml:", "not valid YAML", "a tab, expected spaces"});
  try {
    parse("train:\n  rate:\t1: 2\n");
    ADD_FAILURE() << "this is no YAML";
  } catch (const ConfigError& failure) {
    EXPECT_EQ(std::string(failure.what()).find("tab"), std::string::npos) << failure.what();
  }
}

TEST(ReaderTest, NoConfigurationIsSoLarge) {
  expect_config_error("a: " + std::string(22, '[') + std::string(22, ']'), {"c.yaml:1", "nested deeper"});
  std::string aliases = "a0: &a0 [1]\n";
  for (int i = 1; i < 20; ++i)
    aliases += cat("a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, ", *a", i - 1, "]\n");
  expect_config_error(aliases, {"c.yaml:", "more values"});
}

TEST(ReaderTest, FilesThatCannotBeConfigs) {
  const testing::TemporaryFolder folder;
  expect_error<ConfigError>([&] { parse_file(folder / "none.yaml"); }, {"none.yaml", "No such file"});
  const auto binary = folder.write("b.yaml", std::string("\0\1\2", 3));
  expect_error<ConfigError>([&] { parse_file(binary); }, {"b.yaml", "binary"});
}

TEST(ReaderTest, SetReplacesAndAdds) {
  const Outer outer = parse("steps: 5\n", {"steps=7", "train.gamma=5", "prompts=[a, b]", "name=x=y"});
  EXPECT_EQ(outer.steps, 7);
  EXPECT_EQ(outer.train.gamma, 5.0);
  EXPECT_EQ(outer.prompts.size(), 2U);
  EXPECT_EQ(outer.name, "x=y");
  EXPECT_FALSE(parse("train: {gamma: 5}", {"train.gamma=null"}).train.gamma.has_value());
}

TEST(ReaderTest, SetErrorsQuoteTheFlag) {
  expect_error<ConfigError>([] { parse("", {"steps"}); }, {"--set steps", "key.path=value"});
  expect_error<ConfigError>([] { parse("", {"stesp=1"}); }, {"--set stesp=1", "did you mean `steps`"});
  expect_error<ConfigError>([] { parse("", {"trian.rate=1"}); }, {"--set trian.rate=1: unknown key `trian`"});
  expect_error<ConfigError>([] { parse("", {"train.rate=-1"}); }, {"--set train.rate=-1", "above 0"});
  expect_error<ConfigError>([] { parse("", {"train..rate=1"}); }, {"key.path=value"});
  const std::string long_value = "stesp=" + std::string(10'000, 'x') + "\ny";
  try {
    parse("", {long_value});
  } catch (const ConfigError& error) {
    EXPECT_LT(std::string(error.what()).size(), 300U);
  }
}

TEST(ReaderTest, SetReplacesNoValueByASection) {
  const auto expect_refused = [](const std::string& yaml, const std::vector<std::string>& sets,
                                 std::initializer_list<std::string> parts) {
    expect_error<ConfigError>([&] { parse(yaml, sets); }, parts);
  };
  expect_refused("steps: 1\ntrain: 5\n", {"train.rate=1"}, {"c.yaml:2: `train` is `5`, expected a section"});
  expect_refused("train: [1]\n", {"train.rate=1"}, {"c.yaml:1: `train` is a list"});
  expect_refused("", {"train=5", "train.rate=1"}, {"--set train=5: `train` is `5`"});
  expect_refused("", {"train.rate=1", "train.rate.low=1"}, {"--set train.rate=1: `train.rate` is `1`"});
  EXPECT_EQ(parse("train:\n", {"train.rate=1"}).train.rate, 1.0);
  EXPECT_EQ(parse("", {"train=null", "train.rate=1"}).train.rate, 1.0);
}

TEST(DumpTest, TextsThatYamlTakesForSomethingElseAreQuoted) {
  for (const std::string text :
       {"null", "Null", "~", "on", "a: b", "a:b", "a:", "12", "1e3", "cr\rlf\t", "- a", " a "}) {
    Outer outer;
    outer.name = text;
    outer.note = text;
    outer.prompts = {text};
    const Outer again = parse(dump(outer));
    EXPECT_EQ(again.name, text);
    EXPECT_EQ(again.note, text);
    EXPECT_EQ(again.prompts, outer.prompts);
  }
  EXPECT_EQ(parse(dump(Outer())).note, std::nullopt);
  Outer outer;
  outer.name = "cr\rtab\t";
  EXPECT_THAT(dump(outer), ::testing::HasSubstr("name: \"cr\\rtab\\t\""));
}

TEST(DumpTest, ReadsBackToTheSame) {
  Outer outer;
  outer.name = "a \"b\": \\ 金\n#";
  outer.prompts = {"yes", "1", "to speak", ""};
  outer.train.gamma = 0.1;
  outer.loud = false;
  const std::string yaml = dump(outer);
  const Outer again = parse(yaml);
  EXPECT_EQ(again.name, outer.name);
  EXPECT_EQ(again.prompts, outer.prompts);
  EXPECT_EQ(again.train.gamma, 0.1);
  EXPECT_EQ(again.loud, false);
  EXPECT_EQ(dump(again), yaml);
}

}  // namespace glyffuser::config

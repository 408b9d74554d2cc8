#include "glyffuser/config/json.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace glyffuser::config {
namespace {

using Kind = Node::Kind;

TEST(JsonTest, ValuesKeepWhatTheyAre) {
  const auto root = parse_json(R"({"text": "1", "whole": -7, "large": 18446744073709551615, "real": 1.50e2,
                                   "yes": true, "none": null, "list": [1, [], "a"], "map": {"a": {}}})",
                               "line 1");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->kind, Kind::map);
  const auto scalar = [&](const char* key) { return root->find(key)->scalar; };
  EXPECT_EQ(scalar("text"), "1");
  EXPECT_TRUE(root->find("text")->quoted);
  EXPECT_EQ(scalar("whole"), "-7");
  EXPECT_FALSE(root->find("whole")->quoted);
  EXPECT_EQ(scalar("large"), "18446744073709551615");
  EXPECT_EQ(scalar("real"), "1.50e2");
  EXPECT_EQ(scalar("yes"), "true");
  EXPECT_EQ(root->find("none")->kind, Kind::null);
  const Node& list = *root->find("list");
  ASSERT_EQ(list.items.size(), 3U);
  EXPECT_EQ(list.items[0].scalar, "1");
  EXPECT_EQ(list.items[1].kind, Kind::sequence);
  EXPECT_EQ(list.items[2].scalar, "a");
  EXPECT_EQ(root->find("map")->find("a")->kind, Kind::map);
  EXPECT_EQ(list.items[2].place, "line 1");
}

TEST(JsonTest, AKeyThatIsThereTwiceIsTwoEntries) {
  const auto root = parse_json(R"({"a": 1, "a": {"b": 2}})", "");
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[1].second.find("b")->scalar, "2");
}

TEST(JsonTest, WhatIsNoJsonIsNothing) {
  for (const char* text : {"", "nonsense", "{\"a\": 1", "{\"a\": 1} 2", "[1,]", "\"\xff\"", "{1: 2}"})
    EXPECT_FALSE(parse_json(text, "")) << text;
}

TEST(JsonTest, NumbersThatNoDoubleHoldsAreSaid) {
  testing::expect_error<ConfigError>([&] { parse_json("[1e400]", "line 1"); },
                                     {"line 1", "1e400", "1.8e308"});
  EXPECT_TRUE(parse_json("[1e308, 123456789012345678901234567890]", ""));
}

TEST(JsonTest, AFilesObjectHasEachKeyOnce) {
  EXPECT_EQ(json_object(R"({"a": {"b": 1}, "c": [{"b": 2}, {"b": 3}]})", "x").entries.size(), 2U);
  for (const char* text :
       {R"({"a": 1, "a": 2})", R"({"b": {"a": 1, "a": 2}})", R"({"b": [{"a": 1, "a": 2}]})"})
    testing::expect_error<FileError>([&] { json_object(text, "x.json"); }, {"x.json", "`a` is given twice"});
  for (const char* text : {"", "[1]", "{", "5"})
    testing::expect_error<FileError>([&] { json_object(text, "x.json"); }, {"x.json: is not a JSON object"});
  testing::expect_error<FileError>([&] { json_object("{\"a\": 1e400}", "x.json"); }, {"x.json", "1e400"});
  testing::expect_error<FileError>([] { read_json_object("/nonexistent/x.json"); }, {"x.json"});
}

TEST(JsonTest, AnObjectOfTextsHasNothingElse) {
  const Node root =
      json_object(R"({"a": {"x": "1", "y": ""}, "b": {"x": 1}, "c": {"x": ["1"]}, "d": []})", "x");
  EXPECT_EQ(texts_in(root.find("a")), (std::map<std::string, std::string>{{"x", "1"}, {"y", ""}}));
  for (const char* other : {"b", "c", "d", "e"}) EXPECT_FALSE(texts_in(root.find(other))) << other;
}

TEST(JsonTest, ThereAreNotMillionsOfValues) {
  const auto list = [](std::size_t values) {
    std::string text = "[0";
    for (std::size_t i = 1; i < values; ++i) text += ",0";
    return text + "]";
  };
  EXPECT_TRUE(parse_json(list(100'000), ""));
  testing::expect_error<ConfigError>([&] { parse_json(list(500'000), "line 1"); },
                                     {"line 1", "500000 values"});
}

TEST(JsonTest, NestingEndsAt32AndBracketsInTextDoNotCount) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(32), ""));
  testing::expect_error<ConfigError>([&] { parse_json(nested(33), "line 1"); }, {"line 1", "32 deep"});
  testing::expect_error<ConfigError>([&] { parse_json(nested(1'000'000), "line 1"); }, {"line 1", "32 deep"});
  EXPECT_TRUE(parse_json("\"" + nested(100) + "\\\"" + nested(100) + "\"", ""));
}

}  // namespace
}  // namespace glyffuser::config

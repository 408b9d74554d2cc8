#include "glyffuser/sample/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
using ::testing::ElementsAre;
using testing::expect_error;

class RequestsTest : public ::testing::Test {
 protected:
  Requests from_file(const char* name, const std::string& content) {
    config_.prompts_file = folder_.write(name, content).string();
    return Requests(config_);
  }

  void expect_refused(const char* name, const std::string& content,
                      std::initializer_list<std::string> parts) {
    expect_error<ConfigError>([&] { from_file(name, content); }, parts);
  }

  testing::TemporaryFolder folder_;
  SampleConfig config_;
};

TEST_F(RequestsTest, GivenPromptsThenLines) {
  config_.prompts = {"gold"};
  const Requests requests = from_file("p.txt", "water\n\n  to speak \r\n金\n");
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests.at(0).prompt, "gold");
  EXPECT_EQ(requests.at(2).prompt, "to speak");
  EXPECT_EQ(requests.at(3).prompt, "金");
  EXPECT_EQ(requests.at(3).place, config_.prompts_file + ":4");
}

TEST_F(RequestsTest, StepsAreNeeded) {
  config_.prompts = {"gold"};
  config_.request.steps = {};
  expect_error<ConfigError>([&] { Requests requests(config_); }, {"`sample.steps` is empty"});
}

TEST_F(RequestsTest, ACsvFileOverridesByLine) {
  config_.request.guidance_scale = 4;
  config_.request.seeds = "0-9";
  const Requests requests = from_file("p.CSV",
                                      "prompt, seed,num_images,steps,guidance_scale,negative_prompt,file\n"
                                      "\"gold, metal\",7,2,\"1,2, 5\",1.5,water,a/b.png\n"
                                      "tree,,,,,,\n"
                                      ",,,,,,\n"
                                      "null,,,,,~,\n");
  const Request gold = requests.at(0);
  EXPECT_EQ(gold.prompt, "gold, metal");
  EXPECT_EQ(seed_list(gold.settings), SeedList(7, 2));
  EXPECT_THAT(gold.settings.steps, ElementsAre(1, 2, 5));
  EXPECT_EQ(gold.settings.guidance_scale, 1.5);
  EXPECT_EQ(gold.settings.negative_prompt, "water");
  EXPECT_EQ(gold.file, "a/b.png");
  const Request tree = requests.at(1);
  EXPECT_EQ(seed_list(tree.settings), SeedList("0-9"));
  EXPECT_EQ(tree.settings.guidance_scale, 4);
  EXPECT_TRUE(tree.file.empty());
  EXPECT_EQ(requests.at(2).prompt, "");
  EXPECT_EQ(requests.at(3).prompt, "null");
  EXPECT_EQ(requests.at(3).settings.negative_prompt, "~");
}

TEST_F(RequestsTest, JsonLinesOverrideToo) {
  config_.request.seeds = "0-9";
  const Requests requests =
      from_file("p.jsonl",
                "{\"prompt\": \"gold\", \"steps\": [1, 20], \"seeds\": \"3-5\", "
                "\"file\": null}\n\n{\"prompt\": \"\"}\n{\"prompt\": \"a\", \"num_images\": 2}\n");
  EXPECT_THAT(requests.at(0).settings.steps, ElementsAre(1, 20));
  EXPECT_EQ(seed_list(requests.at(0).settings), SeedList(3, 3));
  EXPECT_EQ(requests.at(1).prompt, "");
  EXPECT_EQ(requests.at(1).place, config_.prompts_file + ":3");
  EXPECT_EQ(seed_list(requests.at(2).settings), SeedList(0, 2));  // its own number wins over the seeds of all
}

TEST_F(RequestsTest, AByteOrderMarkIsNoPartOfAPrompt) {
  EXPECT_EQ(from_file("p.txt", "\xEF\xBB\xBFgold\r\n").at(0).prompt, "gold");
}

TEST_F(RequestsTest, FilesThatAreNone) {
  config_.prompts_file = (folder_ / "none.txt").string();
  expect_error<ConfigError>([&] { Requests{config_}; }, {"none.txt"});
  expect_refused("empty.txt", "\n\n", {"empty.txt", "no prompt"});
  expect_refused("empty.csv", "prompt\n", {"empty.csv", "no prompt"});
  expect_refused("bad.txt", "gold\n\xff\xfe\n", {"bad.txt:2", "UTF-8"});
  expect_refused("bad.csv", "prompt\n\xff\xfe\n", {"bad.csv:2", "UTF-8"});
  expect_refused("json.txt", "gold\n{\"prompt\": \"gold\"}\n", {"json.txt:2", "JSON", ".jsonl"});
  expect_refused("bad.jsonl", "{\"prompt\": \"\xff\"}\n", {"bad.jsonl:1", "UTF-8"});
}

TEST_F(RequestsTest, RecordsThatAreWrong) {
  expect_refused("a.csv", "prompt,sed\ngold,1\n", {"a.csv:2", "unknown key `sed`", "seed"});
  expect_refused("b.csv", "prompt,seed\ngold\n", {"b.csv:2", "1 fields", "expected 2"});
  expect_refused("c.csv", "prompt\n\"gold\n", {"c.csv:2", "quote"});
  expect_refused("d.csv", "prompt,steps\ngold,x\n", {"d.csv:2", "steps", "whole number"});
  expect_refused("e.jsonl", "{\"prompt\": \"a\"}\n[1]\n", {"e.jsonl:2", "JSON object"});
  expect_refused("f.jsonl", "{\"prompt\": \"a\", \"guidance_scale\": \"3\"}\n",
                 {"f.jsonl:1", "guidance_scale"});
  expect_refused("g.jsonl", "{\"prompt\": \"a\", \"seeds\": \"5-1\"}\n", {"g.jsonl:1", "5-1"});
  expect_refused("h.jsonl", "{\"prompt\": \"a\", \"steps\": []}\n", {"h.jsonl:1", "steps"});
  expect_refused("i.jsonl", "{\"prompt\": \"a\\u0000b\"}\n", {"i.jsonl:1", "`prompt`", "zero byte"});
  expect_refused("i.jsonl", "{\"prompt\": \"a\", \"negative_prompt\": \"\\u0000\"}\n",
                 {"i.jsonl:1", "`negative_prompt`", "zero byte"});
  expect_refused("i.txt", std::string("gold\0\n", 6), {"i.txt:1", "zero byte"});
  expect_refused("i.jsonl", "{\"prompt\": \"a\", \"file\": \"a\\u0000b\"}\n",
                 {"i.jsonl:1", "`file`", "zero byte"});
  for (const char* file : {".", "a/", "a/."})
    expect_refused("i.jsonl", "{\"prompt\": \"a\", \"file\": \"" + std::string(file) + "\"}\n",
                   {"i.jsonl:1", file, "name of a picture"});
  expect_refused("deep.jsonl",
                 "{\"prompt\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}\n",
                 {"deep.jsonl:1", "32 deep"});
  expect_refused("two.jsonl", R"({"prompt": "a", "seed": 1, "prompt": "b"})",
                 {"two.jsonl:1", "`prompt`", "twice"});
  expect_refused("two.csv", "prompt,seed,prompt\na,1,b\n", {"two.csv", "`prompt`", "twice"});
  for (const char* file : {"/tmp/a.png", "../a.png", "a/../../b.png"})
    expect_refused("i.jsonl", "{\"prompt\": \"a\", \"file\": \"" + std::string(file) + "\"}\n",
                   {"i.jsonl:1", file, "below the output folder"});
}

TEST_F(RequestsTest, WordsForNothingArePromptsToo) {
  const Requests requests = from_file("nothing.csv", "prompt,steps\nnull,null\n~,~\n");
  EXPECT_EQ(requests.at(0).prompt, "null");
  EXPECT_EQ(requests.at(1).prompt, "~");
  EXPECT_EQ(requests.at(1).settings.steps, config_.request.steps);
}

TEST_F(RequestsTest, AFolderIsNotNamedAsPicturesAndManifestsAre) {
  for (const char* file : {"a.png/b", "x/manifest.jsonl/b.png"})
    expect_refused("i.jsonl", "{\"prompt\": \"a\", \"file\": \"" + std::string(file) + "\"}\n",
                   {"i.jsonl:1", file, "folders"});
}

TEST_F(RequestsTest, SeedsAndTheirNumberAreNotBothGiven) {
  for (const char* other : {"seed", "num_images"})
    expect_refused("i.jsonl", "{\"prompt\": \"a\", \"seeds\": \"1-3\", \"" + std::string(other) + "\": 2}\n",
                   {"i.jsonl:1", "`seeds`", other, "one of them"});
}

TEST(RequestFromTest, OneAlone) {
  const Request request = request_from(parse_record(R"({"prompt": "gold", "steps": null})", "line 1"), {});
  EXPECT_EQ(request.prompt, "gold");
  const Requests requests(request);
  EXPECT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests.at(0).place, "line 1");
}

}  // namespace glyffuser

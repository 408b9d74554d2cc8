#include "glyffuser/text/tokenizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;
using Ids = std::vector<std::int64_t>;

const std::filesystem::path kT5 = GLYFFUSER_SOURCE_DIR "/tests/fixtures/text/t5";

TEST(TokenizerTest, IdsOfGooglesModel) {
  const Tokenizer tokenizer(kT5);
  EXPECT_EQ(tokenizer.encode("gold; metal"), (Ids{2045, 117, 1946, 1}));
  EXPECT_EQ(tokenizer.encode("a mental illness"), (Ids{3, 9, 2550, 7095, 1}));
  EXPECT_EQ(tokenizer.encode("  two  spaces "), (Ids{192, 4856, 1}));
  EXPECT_EQ(tokenizer.encode("ﬁsh ½ Ⅳ"), (Ids{2495, 209, 2, 357, 10869, 1}));
  EXPECT_EQ(tokenizer.encode("café naïve"), (Ids{11949, 3, 29, 9, 2, 162, 1}));
  // transformers, tests/models/t5/test_tokenization_t5.py
  EXPECT_EQ(tokenizer.encode("A long paragraph for summarization."),
            (Ids{71, 307, 8986, 21, 4505, 1635, 1707, 5, 1}));
  EXPECT_EQ(tokenizer.encode(""), (Ids{1}));
  EXPECT_EQ(tokenizer.encode(" "), (Ids{1}));
}

TEST(TokenizerTest, AgreesWithTransformersOnHundredsOfTexts) {
  const Tokenizer tokenizer(kT5);
  const auto golden = nlohmann::json::parse(read_file(kT5 / "golden.json"));
  ASSERT_GT(golden.size(), 400U);
  for (const auto& entry : golden) {
    EXPECT_EQ(tokenizer.encode(entry.at("text").get<std::string>()), entry.at("ids").get<Ids>()) << entry;
  }
}

TEST(TokenizerTest, IdsOfTheBundledModel) {
  const Tokenizer tokenizer(GLYFFUSER_SOURCE_DIR "/data/encoder/tokenizer");
  EXPECT_EQ(tokenizer.vocabulary_size(), 8000);
  EXPECT_EQ(tokenizer.model_max_length(), 64);
  const auto golden =
      nlohmann::json::parse(read_file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/text/tokenizer_default.json"));
  ASSERT_GT(golden.size(), 10U);
  for (const auto& entry : golden) {
    EXPECT_EQ(tokenizer.encode(entry.at("text").get<std::string>()), entry.at("ids").get<Ids>()) << entry;
  }
  EXPECT_EQ(tokenizer.encode("GOLD"), tokenizer.encode("gold"));  // capitals must not matter
}

TEST(TokenizerTest, SpecialIdsAndLengthsComeFromTheFiles) {
  const Tokenizer tokenizer(kT5);
  EXPECT_EQ(tokenizer.vocabulary_size(), 32000);
  EXPECT_EQ(tokenizer.pad_id(), 0);
  EXPECT_EQ(tokenizer.eos_id(), 1);
  EXPECT_EQ(tokenizer.unk_id(), 2);
  EXPECT_EQ(tokenizer.model_max_length(), 512);
}

TEST(TokenizerTest, BatchesArePaddedToOneLength) {
  const Tokenizer tokenizer(kT5);
  const TokenBatch batch = tokenizer.encode_batch({"gold; metal", ""}, 6);
  EXPECT_EQ(batch.texts, 2);
  EXPECT_EQ(batch.length, 6);
  EXPECT_EQ(batch.input_ids, (Ids{2045, 117, 1946, 1, 0, 0, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(batch.attention_mask, (Ids{1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(tokenizer.encode_batch({"x"}).length, 512);
  EXPECT_THROW(tokenizer.encode_batch({"x"}, 0), std::invalid_argument);
}

TEST(TokenizerTest, TruncationKeepsTheEndTokenAndSaysWhatIsLost) {
  const Tokenizer tokenizer(kT5);
  ::testing::internal::CaptureStderr();
  const TokenBatch batch = tokenizer.encode_batch({"water", "gold; metal bird"}, 4);
  const std::string warning = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(batch.input_ids, (Ids{387, 1, 0, 0, 2045, 117, 1946, 1}));
  EXPECT_THAT(warning,
              ::testing::HasSubstr("\"gold; metal bird\" has 5 tokens; the last 1 are cut: \"bird\""));
  EXPECT_THAT(warning, ::testing::Not(::testing::HasSubstr("water")));
}

TEST(TokenizerTest, WhatNoTokenStandsForIsSaid) {
  const Tokenizer tokenizer(GLYFFUSER_SOURCE_DIR "/data/encoder/tokenizer");
  const auto said = [&](const std::vector<std::string>& texts) {
    ::testing::internal::CaptureStderr();
    tokenizer.encode_batch(texts);
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(said({"gold", "", "which?"}), "");
  const std::string warning = said({"gold 日", "water"});
  EXPECT_NE(warning.find("\"gold 日\""), std::string::npos) << warning;
  EXPECT_NE(warning.find("hears nothing of: 日"), std::string::npos) << warning;
  EXPECT_EQ(tokenizer.texts_with_unknown_parts({"gold", "日"}), (std::vector<std::size_t>{1}));
  const std::string many = said(std::vector<std::string>(12, "日"));
  EXPECT_NE(many.find("4 more texts have parts"), std::string::npos) << many;
}

TEST(TokenizerTest, WarningsAreFewAndQuoteWholeCharacters) {
  const Tokenizer tokenizer(kT5);
  const auto said = [&](const std::vector<std::string>& texts, std::int64_t length) {
    ::testing::internal::CaptureStderr();
    tokenizer.encode_batch(texts, length);
    return ::testing::internal::GetCapturedStderr();
  };
  const std::string cut = said(std::vector<std::string>(12, "gold; metal bird"), 3);
  EXPECT_EQ(std::ranges::count(cut, '\n'), 9) << cut;
  EXPECT_THAT(cut, ::testing::HasSubstr("4 more texts are longer than 3 tokens"));
  const std::string unknown = said(std::vector<std::string>(12, "金"), 30);
  EXPECT_EQ(std::ranges::count(unknown, '\n'), 9) << unknown;
  const std::string begun = said({std::string(79, 'a') + "金金金"}, 200);
  EXPECT_EQ(with_valid_utf8(begun), begun);
  EXPECT_THAT(begun, ::testing::HasSubstr("a…\""));
}

TEST(TokenizerTest, AnyBytesGiveTokens) {
  const Tokenizer tokenizer(kT5);
  EXPECT_EQ(tokenizer.encode(std::string(200000, 'x') + "\xff\xfe").back(), 1);
  EXPECT_EQ(tokenizer.encode(std::string("gold\0metal", 10)).back(), 1);
}

TEST(TokenizerTest, BrokenModelsAreNamed) {
  const TemporaryFolder folder;
  const std::string model = read_file(kT5 / "spiece.model");
  expect_error<FileError>([&] { Tokenizer{folder.path()}; }, {"tokenizer_config.json"});
  folder.write("tokenizer_config.json", "{\"model_max_length\": 64}");
  expect_error<FileError>([&] { Tokenizer{folder.path()}; }, {"spiece.model"});
  std::vector<std::string> broken = {"", "not a model", model + "x", std::string(1000, '\0')};
  // A piece that begins with a zero byte, which SentencePiece's trie throws at.
  broken.emplace_back(
      "\012\016\012\005<pad>\025\000\000\000\000\030\003\012\015\012\004</s>"
      "\025\000\000\000\000\030\003\012\016\012\005<unk>\025\000\000\000\000"
      "\030\002\012\013\012\002\000a\025\000\000\200\277\030\001\022\027\030"
      "\001\300\002\002\310\002\377\377\377\377\377\377\377\377\377\001\320"
      "\002\001\330\002\000\032\012\012\010identity",
      97);
  for (std::size_t kept = 1; kept < 200; ++kept) broken.push_back(model.substr(0, kept));
  broken.push_back(model.substr(0, model.size() - 1));
  for (const std::string& content : broken) {
    folder.write("spiece.model", content);
    expect_error<FileError>([&] { Tokenizer{folder.path()}; }, {"spiece.model"});
  }
  folder.write("spiece.model", model);
  EXPECT_EQ(Tokenizer(folder.path()).model_max_length(), 64);
}

/// Where the last field of a protocol buffer with only fields of a length begins.
std::size_t last_field(const std::string& message) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < message.size();) {
    begin = at++;
    std::size_t size = 0;
    for (int shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = static_cast<unsigned char>(message.at(at++));
      size |= static_cast<std::size_t>(byte & 0x7f) << shift;
    }
    at += size;
  }
  return begin;
}

TEST(TokenizerTest, AModelNeedsItsSpecialTokensAndItsNormalizer) {
  const TemporaryFolder folder;
  folder.write("tokenizer_config.json", "{\"model_max_length\": 1024}");
  const std::string model = read_file(kT5 / "spiece.model");
  const auto expect_refused = [&](const std::string& content, const std::string& reason) {
    folder.write("spiece.model", content);
    expect_error<FileError>([&] { Tokenizer{folder.path()}; }, {"spiece.model", reason});
  };
  expect_refused(model + "\x12\x07\x82\x03\x04none", "no padding token");  // trainer_spec.pad_piece
  expect_refused(model + "\x12\x07\xfa\x02\x04none", "no end token");      // trainer_spec.eos_piece
  expect_refused(model.substr(0, last_field(model)), "cut short");         // without normalizer_spec
  folder.write("spiece.model", model);
  EXPECT_EQ(Tokenizer(folder.path()).model_max_length(), 1024);
}

TEST(TokenizerTest, ConfigIsChecked) {
  const TemporaryFolder folder;
  folder.write("spiece.model", read_file(kT5 / "spiece.model"));
  for (const std::string bad : {"", "[]", "{\"model_max_length\": \"x\"}", "{\"model_max_length\": 0}",
                                "{\"model_max_length\": 1.5}", "{\"model_max_length\": true}"}) {
    folder.write("tokenizer_config.json", bad);
    expect_error<FileError>([&] { Tokenizer{folder.path()}; }, {"tokenizer_config.json"});
  }
  for (const std::string unlimited : {"{}", "{\"model_max_length\": 1000000000000000019884624838656}"}) {
    folder.write("tokenizer_config.json", unlimited);
    EXPECT_EQ(Tokenizer(folder.path()).model_max_length(), 512);
  }
}

TEST(TokenizerTest, TheLongestTextCanBeSetAndLeavesTheRest) {
  const TemporaryFolder folder;
  folder.write("tokenizer_config.json", R"({"z": [1], "model_max_length": 64, "a": "ﬁ"})");
  set_longest_text(folder.path(), 7);
  EXPECT_EQ(longest_text(folder.path()), 7);
  const auto config = nlohmann::ordered_json::parse(read_file(folder / "tokenizer_config.json"));
  EXPECT_EQ(config.dump(), R"({"z":[1],"model_max_length":7,"a":"ﬁ"})");
  folder.write("tokenizer_config.json", "[]");
  expect_error<FileError>([&] { set_longest_text(folder.path(), 7); }, {"tokenizer_config.json"});
}

TEST(TokenizerTest, CutTextsAreThoseThatLoseTheirEnd) {
  const Tokenizer tokenizer(kT5);
  const auto cut = tokenizer.cut_texts({"gold; metal", "a mental illness", ""}, 4);
  ASSERT_EQ(cut.size(), 1U);  // "gold; metal" and its end token are four
  EXPECT_EQ(cut[0].tokens, 5);
  EXPECT_EQ(cut[0].lost, "illness");
}

}  // namespace
}  // namespace glyffuser

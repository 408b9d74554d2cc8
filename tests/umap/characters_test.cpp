#include "glyffuser/umap/characters.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

const std::vector<char32_t> kFour = {U'明', U'草', 0, U'𠀋'};

TEST(CharactersTest, OfDebiansUnicodeFiles) {
  const CharacterFacts facts = read_character_facts(kFour, {});
  EXPECT_EQ(facts.radicals, (std::vector<int>{72, 140, 0, 1}));
  EXPECT_EQ(facts.strokes, (std::vector<int>{8, 9, 0, 4}));
  EXPECT_EQ(facts.radical_glyphs.at(72), "日");
  EXPECT_EQ(facts.radical_glyphs.at(140), "艸");
  EXPECT_EQ(facts.radical_glyphs.size(), 3U);
  EXPECT_EQ(facts.block_names,
            (std::vector<std::string>{"no character", "CJK Unified Ideographs", "CJK Extension B"}));
  EXPECT_EQ(facts.blocks, (std::vector<int>{1, 1, 0, 2}));
  EXPECT_EQ(facts.layouts, (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(facts.layout_names, (std::vector<std::string>{"unknown"}));
}

TEST(CharactersTest, FilesOfTheUsersOwn) {
  const testing::TemporaryFolder folder;
  UmapConfig config;
  config.unihan =
      folder
          .write(
              "u.txt",
              "# x\nU+660E\tkRSUnicode\t149'.5 72.4\nU+660E\tkTotalStrokes\t12 9\nU+8349\tkTotalStrokes\t64")
          .string();
  config.radicals = folder.write("r.txt", "149; 2F94; 8A00\n149'; 2EC8; 8BA0\n").string();
  config.layouts = folder.write("l.tsv", "# layouts\n草\tstacked\n明\tside by side\n山\tstacked\n").string();
  const CharacterFacts facts = read_character_facts(kFour, config);
  EXPECT_EQ(facts.radicals, (std::vector<int>{149, 0, 0, 0}));
  EXPECT_EQ(facts.strokes, (std::vector<int>{12, 64, 0, 0}));  // the last line has no end
  EXPECT_EQ(facts.radical_glyphs.at(149), "言");
  EXPECT_EQ(facts.layout_names, (std::vector<std::string>{"unknown", "side by side", "stacked"}));
  EXPECT_EQ(facts.layouts, (std::vector<int>{1, 2, 0, 0}));
}

TEST(CharactersTest, AByteOrderMarkIsNoPartOfAFile) {
  const testing::TemporaryFolder folder;
  const std::string mark = "\xEF\xBB\xBF";
  UmapConfig config;
  config.unihan = folder.write("u.txt", mark + "U+660E\tkTotalStrokes\t12\n").string();
  config.radicals = folder.write("r.txt", mark + "149; 2F94; 8A00\n").string();
  config.layouts = folder.write("l.tsv", mark + "草\tstacked\n").string();
  const CharacterFacts facts = read_character_facts(kFour, config);
  EXPECT_EQ(facts.strokes, (std::vector<int>{12, 0, 0, 0}));
  EXPECT_EQ(facts.layouts, (std::vector<int>{0, 1, 0, 0}));
}

TEST(CharactersTest, FilesThatTheUserNamesMustBeThere) {
  const testing::TemporaryFolder folder;
  UmapConfig config;
  config.unihan = (folder / "none.txt").string();
  testing::expect_error<FileError>([&] { read_character_facts(kFour, config); }, {"none.txt"});
  config.unihan = folder.write("empty.txt", "# nothing\n").string();
  testing::expect_error<FileError>([&] { read_character_facts(kFour, config); }, {"empty.txt", "kRSUnicode"});
  config = {};
  config.radicals = folder.write("r.txt", "x").string();
  testing::expect_error<FileError>([&] { read_character_facts(kFour, config); }, {"r.txt", "149"});
  config = {};
  config.layouts = folder.write("l.tsv", "明\tx\nab\tx\n").string();
  testing::expect_error<FileError>([&] { read_character_facts(kFour, config); }, {"l.tsv:2", "LAYOUT"});
}

TEST(CharactersTest, Blocks) {
  EXPECT_EQ(block_name(0x4E00), "CJK Unified Ideographs");
  EXPECT_EQ(block_name(0x3400), "CJK Extension A");
  EXPECT_EQ(block_name('a'), "other");
  EXPECT_EQ(block_name(0), "no character");
}

TEST(CharactersTest, WhatIsNoRadicalOrNoCharacterIsPassedOver) {
  const testing::TemporaryFolder folder;
  UmapConfig config;
  config.unihan = folder
                      .write("u.txt",
                             "U+660E\tkRSUnicode\t149.1\nU+8349\tkRSUnicode\t215.3\n"
                             "U+0000\tkTotalStrokes\t5\nU+8349\tkRSUnicode\t214.3\n")
                      .string();
  config.radicals = folder.write("r.txt", "0; 2F00; 4E00\n149; 2F94; 8A00\n").string();
  const CharacterFacts facts = read_character_facts({U'明', U'草', 0, U'山'}, config);
  EXPECT_EQ(facts.radicals, (std::vector<int>{149, 214, 0, 0}));
  EXPECT_EQ(facts.strokes, (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(facts.radical_glyphs, (std::map<int, std::string>{{149, "言"}}));
  config.unihan = folder.write("v.txt", "U+660E\tkRSUnicode\t215.1\nU+660E\tkTotalStrokes\t8\n").string();
  EXPECT_EQ(read_character_facts({U'明'}, config).radicals, (std::vector<int>{0}));
}

}  // namespace
}  // namespace glyffuser

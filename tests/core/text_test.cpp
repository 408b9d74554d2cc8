#include "glyffuser/core/text.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/hash.hpp"

namespace glyffuser {

TEST(TextTest, ShortestReadsBack) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(0.0001), "1e-04");
  EXPECT_EQ(std::stod(shortest(1.0 / 3)), 1.0 / 3);
}

TEST(TextTest, HumanUnits) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(9'400'000), "9.4 MB");
  EXPECT_EQ(human_seconds(3.24), "3.2s");
  EXPECT_EQ(human_seconds(80), "1m 20s");
  EXPECT_EQ(human_seconds(7380), "2h 03m");
  EXPECT_EQ(human_seconds(-1), "?");
}

TEST(TextTest, HumanUnitsAreRoundedIntoTheNext) {
  EXPECT_EQ(human_bytes(999'600), "1.0 MB");
  EXPECT_EQ(human_bytes(250'000'000), "250 MB");
  EXPECT_EQ(human_seconds(59.7), "1m 00s");
  EXPECT_EQ(human_seconds(9.94), "9.9s");
  EXPECT_EQ(human_seconds(9.96), "10s");
}

TEST(TextTest, ANumberIsTheWholeText) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<std::uint32_t>("4E18", 16), 0x4E18);
  EXPECT_EQ(parse_number<double>("2.5e1"), 25);
  for (const char* text : {"", " 1", "1 ", "+1", "1a", "1.5", "99999999999"})
    EXPECT_FALSE(parse_number<int>(text)) << text;
  EXPECT_FALSE(parse_number<std::uint32_t>("-1"));
  EXPECT_FALSE(parse_number<double>("2.5e1", std::chars_format::fixed));
}

TEST(TextTest, CodePointsHaveFourDigitsAtLeast) {
  EXPECT_EQ(code_point_name(U'a'), "U+0061");
  EXPECT_EQ(code_point_name(0x2A6D6), "U+2A6D6");
}

TEST(TextTest, AByteOrderMarkGoesWhereItIsWhole) {
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBFgold"), "gold");
  EXPECT_EQ(without_byte_order_mark("\xEF\xBBgold"), "\xEF\xBBgold");
  EXPECT_EQ(without_byte_order_mark(""), "");
}

TEST(TextTest, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
}

TEST(TextTest, LinesEndAsUnixOrWindowsEndsThem) {
  std::string_view text = "a\r\n\nb";
  for (const char* line : {"a", "", "b", ""}) EXPECT_EQ(take_line(text), line);
}

TEST(TextTest, ClosestFindsTypingErrorsOnly) {
  EXPECT_EQ(closest("bach_size", {"batch_size", "steps"}), "batch_size");
  EXPECT_EQ(closest("setps", {"batch_size", "steps"}), "steps");
  EXPECT_EQ(closest("colour", {"batch_size", "steps"}), "");
  EXPECT_EQ(suggestion("setps", {"steps"}), " (did you mean `steps`?)");
}

TEST(TextTest, ClosestLooksAtNoCapitalsAndNeedsALetterInCommon) {
  EXPECT_EQ(closest("gold", {"GOLD"}), "GOLD");
  EXPECT_EQ(closest("no", {"on"}), "on");
  EXPECT_EQ(closest("n", {"lr"}), "");
}

TEST(TextTest, SlugsThatAreNotTheirTextEndInItsHash) {
  EXPECT_EQ(slug(""), "prompt-e3b0c442");
  EXPECT_EQ(slug("Gold"), "gold-" + sha256("Gold").substr(0, 8));
  EXPECT_EQ(slug("A mental ILLNESS"), "a-mental-illness-" + sha256("A mental ILLNESS").substr(0, 8));
  EXPECT_EQ(slug(std::string(60, 'a')), std::string(60, 'a'));
}

TEST(TextTest, SlugsAreReadableAndNeverShared) {
  EXPECT_EQ(slug("gold"), "gold");
  EXPECT_EQ(slug("to speak"), "to-speak");
  EXPECT_NE(slug("to  speak"), slug("to speak"));
  EXPECT_NE(slug("to-speak"), slug("to speak"));
  EXPECT_NE(slug("Gold"), slug("gold"));
  EXPECT_NE(slug("金"), slug("銀"));
  EXPECT_FALSE(slug("").empty());
  EXPECT_NE(slug("../etc"), slug("etc"));
  EXPECT_EQ(slug("../etc").find('/'), std::string::npos);
  EXPECT_LE(slug(std::string(500, 'a')).size(), 60U);
}

TEST(TextTest, TheBeginningOfATextIsOneLineOfWholeCharacters) {
  EXPECT_EQ(beginning_of("two\nlines"), "two lines");
  EXPECT_EQ(beginning_of(std::string(80, 'a')), std::string(80, 'a'));
  EXPECT_EQ(beginning_of(std::string(81, 'a')), std::string(80, 'a') + "…");
  EXPECT_EQ(beginning_of(std::string(79, 'a') + "水水"), std::string(79, 'a') + "…");
}

TEST(TextTest, CharactersAreNoSurrogatesAndHaveAnEnd) {
  for (const std::uint32_t yes : {1U, 0xD7FFU, 0xE000U, 0x10FFFFU}) EXPECT_TRUE(is_character(yes)) << yes;
  for (const std::uint32_t no : {0U, 0xD800U, 0xDFFFU, 0x110000U}) EXPECT_FALSE(is_character(no)) << no;
}

TEST(TextTest, Utf8RoundTrip) {
  EXPECT_EQ(decode_utf8("a丘𠀀é"), (std::vector<char32_t>{U'a', U'丘', U'𠀀', U'é'}));
  for (const char32_t code : {U'a', U'é', U'丘', U'𠀀'})
    EXPECT_EQ(decode_utf8(encode_utf8(code)).at(0), code);
}

TEST(TextTest, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(with_valid_utf8("gold 金"), "gold 金");
  EXPECT_EQ(with_valid_utf8("m\xe8le \xe9\x87"), "m\uFFFDle \uFFFD\uFFFD");
}

TEST(TextTest, InvalidUtf8IsRefused) {
  EXPECT_THROW(decode_utf8("\xff"), std::invalid_argument);
  EXPECT_THROW(decode_utf8("\xe4\xb8"), std::invalid_argument);
  EXPECT_THROW(decode_utf8("\xc0\x80"), std::invalid_argument);
  EXPECT_THROW(decode_utf8("\xed\xa0\x80"), std::invalid_argument);
}

TEST(TextTest, Utf8IsTheShortestThereIsAndEndsWithUnicode) {
  for (const char* bad : {"\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
                          "\xf4\x90\x80\x80", "\xed\xbf\xbf"})
    EXPECT_THROW(decode_utf8(bad), std::invalid_argument);
  for (const char32_t code : {0x7fU, 0x80U, 0x7ffU, 0x800U, 0xffffU, 0x10000U, 0x10ffffU})
    EXPECT_EQ(decode_utf8(encode_utf8(code)), std::vector<char32_t>{code});
}

}  // namespace glyffuser

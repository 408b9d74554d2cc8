#include "glyffuser/text/captions.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "glyffuser/text/ascii.hpp"

namespace glyffuser {
namespace {

struct Row {
  const char* definition;  // as in Unihan 15.0
  const char* caption;
};

class CleanCaptionTest : public ::testing::TestWithParam<Row> {};

TEST_P(CleanCaptionTest, KeepsTheMeaning) {
  EXPECT_EQ(clean_caption(GetParam().definition), GetParam().caption);
}

INSTANTIATE_TEST_SUITE_P(
    BracketedReferences, CleanCaptionTest,
    ::testing::Values(
        Row{"(same as U+4E18 丘) hillock or mound", "hillock or mound"},
        Row{"(ancient form of 兩) two, a pair; a couple; both", "two, a pair; a couple; both"},
        Row{"pretty, (same as 懰) exquisite; fine", "pretty, exquisite; fine"},
        Row{"exclusive; special (same as 德) morality; virtues", "exclusive; special, morality; virtues"},
        Row{"mountain rocks(same as 瑎) a black stone resembling jade",
            "mountain rocks, a black stone resembling jade"},
        Row{"to escape; to abscond; to flee, (interchangeable 達)", "to escape; to abscond; to flee"},
        Row{"old name for the Wǎ (佤) ethnic group of Yúnnán and Myanmar",
            "old name for the Wa ethnic group of Yunnan and Myanmar"},
        Row{"cup (same as 杯 [U+676F] and 桮 [U+686E]); unhappy, displeased, anxious, unsettled",
            "cup; unhappy, displeased, anxious, unsettled"},
        Row{"[nǐ] nihonium (element 113, Nh); silk string; [niè] (same as U+9477 鑷) tweezers; [xǐ] (same as "
            "U+9269 鉩) a seal",
            "nihonium (element 113, Nh); silk string; tweezers; a seal"}));

INSTANTIATE_TEST_SUITE_P(
    PlainReferences, CleanCaptionTest,
    ::testing::Values(
        Row{"variant of U+801C 耜: a farming instrument; a spade; a shovel",
            "a farming instrument; a spade; a shovel"},
        Row{"same as 甦 U+7526 to be reborn; to resuscitate, revive", "to be reborn; to resuscitate, revive"},
        Row{"ancient form of 五 'five'", "'five'"},
        Row{"used as a synonym for U+4F60 你 when referring to deity", ""},
        Row{"engrave, inlay, carve; exhaust; used for U+9D70 鵰 an eagle, vulture",
            "engrave, inlay, carve; exhaust; an eagle, vulture"},
        Row{"肉豆蔻 nutmeg, 豆蔻 cardamon", "nutmeg, cardamon"},
        Row{"songs of the people of 楚, a kind of music instrument in ancient times",
            "songs of the people, a kind of music instrument in ancient times"},
        Row{"to stretch out, to unroll; comfortable, easy (used for U+8212 舒); 摴蒲 is the name of a "
            "traditional play",
            "to stretch out, to unroll; comfortable, easy; the name of a traditional play"},
        Row{"silver carp (Hypophthalmichthys molitrix); bream; (Cant.) 大嶼山 daai6jyu4saan1 Lantau Island",
            "silver carp (Hypophthalmichthys molitrix); bream; Lantau Island"},
        Row{"ancient form of the tenth of the twelve Terrestrial Branches, U+9149 酉",
            "ancient form of the tenth of the twelve Terrestrial Branches"},
        Row{"gold; same as - 丘", "gold"}, Row{"same as 丘 - and gold", "gold"},
        Row{"same as 丘 a4 paper", "a4 paper"}, Row{"same as 丘 model7 car", "model7 car"}));

INSTANTIATE_TEST_SUITE_P(
    FormsAndLabels, CleanCaptionTest,
    ::testing::Values(
        Row{"water; Kangxi radical 85", "water"}, Row{"water; radical number 85", "water"},
        Row{"an ox, a cow Radical 93", "an ox, a cow"},
        Row{"teeth; gears, cogs; age; simplified form of the Kangxi radical 211", "teeth; gears, cogs; age"},
        Row{"Kangxi radical 35; go slowly", "go slowly"},
        Row{"(Cant.) saliva; intensifying particle", "saliva; intensifying particle"},
        Row{"sell; [NOT casing, shell, husk]", "sell"},
        Row{"drizzle; (variant) valley; (variant) mold", "drizzle; valley; mold"},
        Row{"(non-classical and abbreviated form) shape of the mountain", "shape of the mountain"},
        Row{"obstruction of breath (qi) as it seeks release; variant of other characters",
            "obstruction of breath (qi) as it seeks release"}));

INSTANTIATE_TEST_SUITE_P(
    NothingElse, CleanCaptionTest,
    ::testing::Values(Row{"variant of U+8499 蒙", ""}, Row{"radical 87", ""},
                      Row{"variant of Kangxi radical 146", ""}, Row{"a variant of 七 (U+4E03)", ""},
                      Row{"same as U+734C 獌 or U+8C99 貙", ""},
                      Row{"old form of 貫; component in 贯,貫,實, etc.; not to be confused with 毋", ""},
                      Row{"", ""}, Row{"  ", ""}));

INSTANTIATE_TEST_SUITE_P(
    MeaningsThatLookLikeReferences, CleanCaptionTest,
    ::testing::Values(Row{"form; appearance; shape; official", "form; appearance; shape; official"},
                      Row{"savings and (or) reserves", "savings and (or) reserves"},
                      Row{"bank form of numeral 'three'", "bank form of numeral 'three'"},
                      Row{"that, there", "that, there"}, Row{"a radical change", "a radical change"},
                      Row{"a radical number", "a radical number"}, Row{"a Uighur", "a Uighur"},
                      Row{"flags, pennants, streamers, etc.", "flags, pennants, streamers, etc."},
                      Row{"(said of truth) to come out to the open",
                          "(said of truth) to come out to the open"}));

INSTANTIATE_TEST_SUITE_P(
    Ascii, CleanCaptionTest,
    ::testing::Values(
        Row{"enamel, cloisonné", "enamel, cloisonne"},
        Row{"北𣴓省, Bắc Kạn Province in northern Vietnam", "Bac Kan Province in northern Vietnam"},
        Row{"rank, grade; to wait; equal, “and so forth”", "rank, grade; to wait; equal, \"and so forth\""},
        Row{"turtle beak; 20th lunar mansions; λ Orionis (Meissa)",
            "turtle beak; 20th lunar mansions; Orionis (Meissa)"},
        Row{"(呋喃) furan (C₄H₄O)", "furan (C4H4O)"},
        Row{"(corrupted form of 竅) a hole; a cavity; (the mind's pores, the crux; key points",
            "a hole; a cavity; the mind's pores, the crux; key points"},
        Row{"to cut, to carve, to cut", "to cut, to carve"},
        Row{"‘gold’ – Œuvre… metal", "'gold' - OEuvre... metal"}, Row{"gold) metal", "gold metal"},
        Row{"gold, \"metal", "gold, metal"}, Row{"gold\tmetal\x01 water", "gold metal water"}));

// Each bracket's inside was gone through anew for every one around it.
TEST(CaptionsTest, BracketsWithinBracketsTakeNoTime) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "hill" + std::string(depth, ')');
  };
  EXPECT_NE(clean_caption(nested(3)).find("hill"), std::string::npos);
  EXPECT_NE(clean_caption(nested(200'000)).find("hill"), std::string::npos);
  EXPECT_EQ(clean_caption(nested(200'000) + ", mound"), clean_caption(nested(40) + ", mound"));
}

TEST(CaptionsTest, InvalidUtf8IsRefused) {
  EXPECT_THROW(clean_caption("caf\xE9"), std::invalid_argument);
}

TEST(AsciiTest, LettersLoseTheirAccents) {
  EXPECT_EQ(to_ascii(U'ǚ'), "u");
  EXPECT_EQ(to_ascii(U'ß'), "ss");
  EXPECT_EQ(to_ascii(0x301), "");
  EXPECT_EQ(to_ascii(0x36f), "");
  EXPECT_EQ(to_ascii(U'丘'), std::nullopt);
  EXPECT_EQ(to_ascii(U'a'), std::nullopt);
}

}  // namespace
}  // namespace glyffuser

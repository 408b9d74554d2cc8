#include "glyffuser/model/card.hpp"

#include <gtest/gtest.h>

namespace glyffuser {
namespace {

const std::string kOurs =
    "# A model\n\n- Data: 3 glyphs\n- Training: 4 steps\n\n## Measured quality\n\nGood\nenough.\n\nMore.\n"
    "## Licences\n\n## Other\ntext\n";

TEST(CardTest, LinesByName) {
  EXPECT_EQ(card_line(kOurs, "Data"), "3 glyphs");
  EXPECT_EQ(card_line(kOurs, "Training"), "4 steps");
  EXPECT_EQ(card_line(kOurs, "Network"), "");
}

TEST(CardTest, ASectionIsItsFirstParagraph) {
  EXPECT_EQ(card_section(kOurs, "quality"), "Good enough.");
  EXPECT_EQ(card_section(kOurs, "licen"), "");  // empty: the next heading's text is not its own
  EXPECT_EQ(card_section(kOurs, "other"), "text");
  EXPECT_EQ(card_section("", "other"), "");
  EXPECT_EQ(card_section("# Quality\nBy [a judge](../a.md) and [b] (c) [d](e).\n", "quality"),
            "By a judge and [b] (c) d.");
  EXPECT_EQ(card_section("# Quality\nx](y) [open](end\n", "quality"), "x](y) [open](end");
  EXPECT_EQ(card_section("# Quality\n[a](b [c](d) e\n", "quality"),
            "a e");  // a link within an address is none
}

TEST(CardTest, HuggingFacesFields) {
  EXPECT_EQ(card_field("---\nlicense: mit\ntags: []\n---\n# x\n", "license"), "mit");
  EXPECT_EQ(card_field("---\ntags: []\n---\nlicense: mit\n", "license"), "");
  EXPECT_EQ(card_field(kOurs, "license"), "");
  EXPECT_EQ(card_field("# x\nlicense: mit\n", "license"), "");
}

}  // namespace
}  // namespace glyffuser

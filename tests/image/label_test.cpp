#include "glyffuser/image/label.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace glyffuser {
namespace {

class LabelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!font_) GTEST_SKIP() << "no font on this machine";
  }
  std::optional<FontFile> font_ = find_label_font();
};

TEST_F(LabelTest, LinesAreNeverWiderThanAllowed) {
  const LabelFont font(*font_, 16);
  const std::vector<std::string> texts = {"gold; metal",
                                          "a mental illness that makes one speak to birds, horses",
                                          "火焰与烟雾的象征，一个很长的中文标签",
                                          std::string(200, 'm'),
                                          "  \t\n ",
                                          "same as 鬧 noisy; 金 (gold)",
                                          ""};
  for (const std::string& text : texts) {
    for (const int width : {40, 100, 300}) {
      for (const int limit : {1, 3}) {
        const auto lines = wrap_text(font, text, width, limit);
        EXPECT_LE(lines.size(), static_cast<std::size_t>(limit));
        for (const auto& line : lines) EXPECT_LE(text_width(font, line), width) << text;
      }
    }
  }
}

TEST_F(LabelTest, BreaksAtSpacesAndBetweenHan) {
  const LabelFont font(*font_, 16);
  EXPECT_EQ(wrap_text(font, "gold;  metal ", 1000, 3), (std::vector<std::u32string>{U"gold; metal"}));
  const int width = text_width(font, U"horses") + 4;
  EXPECT_EQ(wrap_text(font, "birds horses fish", width, 3),
            (std::vector<std::u32string>{U"birds", U"horses", U"fish"}));
  EXPECT_EQ(wrap_text(font, "水木，火土", text_width(font, U"水木，"), 3),
            (std::vector<std::u32string>{U"水木，", U"火土"}));
  EXPECT_EQ(wrap_text(font, "金\u3000水", 1000, 3), (std::vector<std::u32string>{U"金 水"}));
  EXPECT_EQ(wrap_text(font, "ab！cd", text_width(font, U"ab！c"), 3),
            (std::vector<std::u32string>{U"ab！", U"cd"}));
  const int one_rare = text_width(font, U"\U00020000") + 2;
  EXPECT_EQ(wrap_text(font, "\U00020000\U00020001", one_rare, 3).size(), 2U);
  EXPECT_TRUE(wrap_text(font, " ", 100, 3).empty());
}

TEST_F(LabelTest, WhatIsTooLongEndsInAnEllipsis) {
  const LabelFont font(*font_, 16);
  const auto lines = wrap_text(font, "one two three four five six seven eight nine ten", 60, 2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].substr(lines[1].size() - 3), U"...");
  const auto cut = wrap_text(font, "aa bbbbbbb", text_width(font, U"aa b"), 1);
  ASSERT_EQ(cut.size(), 1U);
  EXPECT_EQ(cut[0].find(U" ."), std::u32string::npos) << "no space before it";
}

TEST_F(LabelTest, AWordOfAMillionLettersIsCutAsOthersAre) {
  const LabelFont font(*font_, 16);
  const auto lines = wrap_text(font, std::string(1'000'000, 'a'), 60, 2);  // minutes, if all were laid out
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].substr(lines[1].size() - 3), U"...");
}

TEST_F(LabelTest, TextIsDrawnWhereItIsAligned) {
  const LabelFont font(*font_, 20);
  const auto lines = wrap_text(font, "HH", 100, 1);
  const auto ink_centre = [&](double alignment) {
    GrayImage image{.width = 100, .height = 26, .pixels = std::vector<std::uint8_t>(2600, 255)};
    draw_text(image, font, lines, 50, 0, alignment, 0);
    std::vector<int> columns;
    for (int i = 0; i < 2600; ++i) {
      if (image.pixels[static_cast<std::size_t>(i)] < 128) columns.push_back(i % 100);
    }
    EXPECT_FALSE(columns.empty());
    return (std::ranges::min(columns) + std::ranges::max(columns)) / 2.0;
  };
  EXPECT_NEAR(ink_centre(0), 50 + text_width(font, U"HH") / 2.0, 1.5);
  EXPECT_NEAR(ink_centre(0.5), 50, 1.5);
  EXPECT_NEAR(ink_centre(1), 50 - text_width(font, U"HH") / 2.0, 1.5);
}

TEST_F(LabelTest, LinesStandBelowEachOtherInTheMiddleOfTheirHeight) {
  const LabelFont font(*font_, 20);
  const int height = font.line_height();
  GrayImage image{.width = 40, .height = 2 * height, .pixels = {}};
  image.pixels.assign(static_cast<std::size_t>(80 * height), 255);
  draw_text(image, font, {U"H", U"H"}, 5, 0, 0, 0);
  const std::vector<std::uint8_t> first(image.pixels.begin(), image.pixels.begin() + 40 * height);
  EXPECT_EQ(first, std::vector<std::uint8_t>(image.pixels.begin() + 40 * height, image.pixels.end()));
  std::vector<int> rows;  // with ink
  for (int i = 0; i < 40 * height; ++i) {
    if (first[static_cast<std::size_t>(i)] < 200) rows.push_back(i / 40);
  }
  ASSERT_FALSE(rows.empty());
  EXPECT_NEAR(rows.front(), height - 1 - rows.back(), 3);
}

TEST_F(LabelTest, WhatLiesOutsideTheImageIsLeftOut) {
  const LabelFont font(*font_, 20);
  GrayImage image{.width = 5, .height = 5, .pixels = std::vector<std::uint8_t>(25, 255)};
  for (const int at : {-1000, -8, 0, 3, 1000}) draw_text(image, font, {U"金m"}, at, at, 0, 0);
  EXPECT_EQ(image.pixels.size(), 25U);
}

}  // namespace
}  // namespace glyffuser

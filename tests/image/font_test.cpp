#include "glyffuser/image/font.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "glyffuser/core/files.hpp"
#include "glyffuser/image/centred_glyph.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

constexpr const char* kNoto = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
constexpr int kSimplifiedChinese = 2;
constexpr std::size_t kSide = 128;
constexpr std::size_t kArea = kSide * kSide;

struct Expected {
  char32_t code_point = 0;
  std::vector<std::uint8_t> ink;
};

// What Pillow draws (scripts/fixtures/glyphs.py).
std::vector<Expected> read_fixture() {
  const std::string packed = read_file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/image/glyphs.bin");
  std::vector<std::uint8_t> bytes(100 * (kArea + 4));
  uLongf size = bytes.size();
  EXPECT_EQ(uncompress(bytes.data(), &size, reinterpret_cast<const Bytef*>(packed.data()), packed.size()),
            Z_OK);
  std::vector<Expected> all;
  for (std::size_t at = 0; at < size; at += 4 + kArea) {
    std::uint32_t code_point = 0;
    std::memcpy(&code_point, bytes.data() + at, sizeof code_point);
    const auto* ink = bytes.data() + at + 4;
    all.push_back({code_point, {ink, ink + kArea}});
  }
  return all;
}

TEST(FontTest, GlyphsAreThoseOfPillow) {
  const Font font(kNoto, kSimplifiedChinese, 100);
  const std::vector<Expected> fixture = read_fixture();
  ASSERT_GE(fixture.size(), 50U);
  int largest = 0;
  for (const Expected& expected : fixture) {
    std::vector<std::uint8_t> ink(kArea, 0);
    draw_centred(font.render(expected.code_point), 100, kSide, ink.data());
    for (std::size_t i = 0; i < kArea; ++i) largest = std::max(largest, std::abs(ink[i] - expected.ink[i]));
  }
  RecordProperty("largest_difference", largest);
  EXPECT_LE(largest, 1) << "grey levels; 0 with FreeType 2.12 against Pillow 13 with 2.14";
}

TEST(FontTest, AnIdeographAdvancesByTheSize) {
  EXPECT_EQ(Font(kNoto, kSimplifiedChinese, 100).render(U'金').advance, 100);
}

TEST(FontTest, CoversWhatTheCharacterMapHas) {
  const Font font(kNoto, kSimplifiedChinese, 32);
  EXPECT_TRUE(font.covers(U'金'));
  EXPECT_TRUE(font.covers(0x2000B));
  EXPECT_FALSE(font.covers(0x10FFFF));
}

TEST(FontTest, CharactersAreAllThatItCovers) {
  const Font font(kNoto, kSimplifiedChinese, 32);
  const std::vector<char32_t> characters = font.characters();
  EXPECT_TRUE(std::ranges::is_sorted(characters));
  EXPECT_GT(characters.size(), 40'000U);
  for (std::size_t i = 0; i < characters.size(); i += 500) EXPECT_TRUE(font.covers(characters[i]));
  for (const char32_t code : {U'a', U'金', U'\U0002000B'})
    EXPECT_TRUE(std::ranges::binary_search(characters, code));
  EXPECT_FALSE(std::ranges::binary_search(characters, U'\U0010FFFD'));
}

TEST(FontTest, InkOutsideThePictureIsCutOff) {
  const Font font(kNoto, kSimplifiedChinese, 100);
  std::vector<std::uint8_t> ink(64 * 64, 0);
  draw_centred(font.render(U'龍'), 100, 64, ink.data());
  EXPECT_GT(std::count(ink.begin(), ink.end(), 255), 100);
}

TEST(FontTest, AGlyphWiderThanItsAdvanceIsCentredByWhatIsSeen) {
  const GlyphBitmap wide{.width = 4, .height = 1, .left = 4, .top = 1, .advance = 2, .ink = {9, 9, 9, 9}};
  std::vector<std::uint8_t> ink(16 * 16, 0);
  draw_centred(wide, 8, 16, ink.data());
  EXPECT_EQ((std::ranges::find(ink, 9) - ink.begin()) % 16, (16 - 8) / 2 + 4);
}

TEST(FontTest, UnusableFilesAreNamed) {
  const testing::TemporaryFolder folder;
  const auto open = [](const std::filesystem::path& file, int face) {
    return [=] { Font(file, face, 100); };
  };
  testing::expect_error<FileError>(open(folder / "none.ttf", 0), {"none.ttf", "no such file"});
  testing::expect_error<FileError>(open(folder.path(), 0), {"font was expected"});
  testing::expect_error<FileError>(open(folder.write("empty.ttf", ""), 0), {"empty.ttf", "not a font"});
  testing::expect_error<FileError>(open(folder.write("text.ttf", "no font at all"), 0),
                                   {"text.ttf", "not a font"});
  testing::expect_error<FileError>(open(kNoto, 10), {"NotoSansCJK", "no face 10", "0 to 9"});
  testing::expect_error<FileError>(open(kNoto, -1), {"NotoSansCJK", "no face -1"});
}

TEST(FontTest, ATruncatedFontIsAnErrorWhereverItEnds) {
  const testing::TemporaryFolder folder;
  const std::string whole = read_file(kNoto);
  for (const std::size_t size : {std::size_t{2000}, whole.size() / 2}) {
    const auto file = folder.write("short.ttc", whole.substr(0, size));
    testing::expect_error<FileError>(
        [&] {
          const Font font(file, kSimplifiedChinese, 100);
          for (char32_t c = 0x4E00; c < 0x9FFF; ++c) font.render(c);
        },
        {"short.ttc"});
  }
}

}  // namespace
}  // namespace glyffuser

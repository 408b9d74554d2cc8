#include "glyffuser/image/jpeg.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/files.hpp"
#include "glyffuser/image/png.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace glyffuser {
namespace {

std::string green() {
  return read_file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/image/green.jpg");
}

TEST(JpegTest, AJpegIsKnownByItsFirstBytes) {
  EXPECT_TRUE(is_jpeg(green()));
  for (const char* other : {"", "\xFF", "BM", "\x89PNG"}) EXPECT_FALSE(is_jpeg(other));
}

TEST(JpegTest, MoreCodesThanSymbolsAreNoticed) {
  const std::string good = green();
  EXPECT_TRUE(has_sound_huffman_tables(good));
  int tables = 0;
  for (std::size_t at = good.find("\xFF\xC4"); at != std::string::npos; at = good.find("\xFF\xC4", at + 1)) {
    std::string bad = good;
    bad[at + 5] = bad[at + 6] = '\xF0';  // codes of one and of two bits
    EXPECT_FALSE(has_sound_huffman_tables(bad)) << at;
    ++tables;
  }
  EXPECT_GE(tables, 2);
}

TEST(JpegTest, OtherPartsMayHoldSuchBytes) {
  const std::string tables = std::string("\xFF\xC4\x00\x14\x00", 5) + std::string(16, '\xFF');
  const std::string comment = std::string("\xFF\xFE\x00\x17", 4) + tables;
  const std::string good = green();
  EXPECT_FALSE(has_sound_huffman_tables(good.substr(0, 2) + tables + good.substr(2)));
  EXPECT_TRUE(has_sound_huffman_tables(good.substr(0, 2) + comment + good.substr(2)));
  EXPECT_TRUE(has_sound_huffman_tables(good + tables));  // after the picture's end
}

TEST(JpegTest, CutAnywhereNothingIsReadBeyondTheEnd) {
  const std::string good = green();
  const auto within_a_table = [&](std::size_t end) {
    for (std::size_t at = good.find("\xFF\xC4"); at != good.npos; at = good.find("\xFF\xC4", at + 1)) {
      const std::size_t length =
          static_cast<std::uint8_t>(good[at + 2]) * 256U + static_cast<std::uint8_t>(good[at + 3]);
      if (end > at + 4 && end < at + 2 + length) return true;
    }
    return false;
  };
  for (std::size_t kept = 0; kept < good.size(); ++kept)
    EXPECT_EQ(has_sound_huffman_tables(good.substr(0, kept)), !within_a_table(kept)) << kept;
}

// The decoder reads all 16 counts, whatever the segment's length.
TEST(JpegTest, ATableThatItsSegmentCutsShortIsUnsound) {
  const std::string start("\xFF\xD8", 2);
  EXPECT_FALSE(
      has_sound_huffman_tables(start + std::string("\xFF\xC4\x00\x04\x10\xFF", 6) + std::string(32, '\xFF')));
  const std::string one_code = std::string(1, '\0') + "\x01" + std::string(15, '\0');
  EXPECT_FALSE(has_sound_huffman_tables(start + std::string("\xFF\xC4\x00\x13", 4) + one_code + "\xFF\xD9"));
  EXPECT_TRUE(
      has_sound_huffman_tables(start + std::string("\xFF\xC4\x00\x14", 4) + one_code + "\x05\xFF\xD9"));
}

/// The segments with this marker cut out.
std::string without(std::string jpeg, const std::string& marker) {
  for (std::size_t at = jpeg.find(marker); at != jpeg.npos; at = jpeg.find(marker)) {
    const std::size_t length =
        static_cast<std::uint8_t>(jpeg[at + 2]) * 256U + static_cast<std::uint8_t>(jpeg[at + 3]);
    jpeg.erase(at, 2 + length);
  }
  return jpeg;
}

// The decoder would look up what was never written.
TEST(JpegTest, AScanHasItsTables) {
  EXPECT_FALSE(has_sound_huffman_tables(without(green(), "\xFF\xC4")));
  std::string other = green();
  const std::size_t scan = other.find("\xFF\xDA");
  for (const char named : {'\x30', '\x03'}) {  // a DC table, an AC table
    other[scan + 6] = named;
    EXPECT_FALSE(has_sound_huffman_tables(other));
  }
  // Progressive: a scan of the DC coefficients needs no AC table, one that refines them none at all.
  const std::string start("\xFF\xD8\xFF\xC2\x00\x03\x08", 7);
  const std::string one_code = std::string("\xFF\xC4\x00\x14\x00\x01", 6) + std::string(15, '\0') + "\x05";
  const auto scan_of = [](char first, char last, char refined) {
    return std::string("\xFF\xDA\x00\x08\x01\x01\x00", 7) + first + last + refined;
  };
  EXPECT_TRUE(has_sound_huffman_tables(start + one_code + scan_of(0, 0, 0)));
  EXPECT_FALSE(has_sound_huffman_tables(start + scan_of(0, 0, 0)));
  EXPECT_TRUE(has_sound_huffman_tables(start + scan_of(0, 0, 0x10)));
  EXPECT_FALSE(has_sound_huffman_tables(start + one_code + scan_of(1, 5, 0)));
}

TEST(JpegTest, FillBytesMayStandBeforeTheStart) {
  EXPECT_TRUE(is_jpeg("\xFF\xD8\xFF"));
  EXPECT_TRUE(is_jpeg("\xFF\xFF\xFF\xD8"));
  for (const char* other : {"", "\xD8", "\xFF", "\xFF\xFF\xD9", "GIF"}) EXPECT_FALSE(is_jpeg(other)) << other;
  const std::string tables = std::string("\xFF\xC4\x00\x14\x10", 5) + std::string(16, '\xFF');
  EXPECT_FALSE(has_sound_huffman_tables("\xFF\xFF\xD8" + tables));
}

TEST(JpegTest, SuchAPictureIsRefused) {
  const testing::TemporaryFolder folder;
  std::string bad = green();
  bad[bad.find("\xFF\xC4") + 5] = bad[bad.find("\xFF\xC4") + 6] = '\xF0';
  const auto file = folder.write("bad.jpg", bad);
  testing::expect_error<FileError>([&] { read_image(file); }, {"bad.jpg", "Huffman"});
}

/// An Exif segment that says an orientation, after another tag.
std::string exif(std::uint8_t orientation, bool little) {
  const auto number = [&](std::uint32_t value, std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i)
      text[little ? i : bytes - 1 - i] = static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
  };
  const auto entry = [&](std::uint32_t tag, std::uint32_t value) {
    return number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2);
  };
  const std::string tiff = (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +
                           entry(0x0106, 7) + entry(0x0112, orientation) + number(0, 4);
  return std::string("\xFF\xE1\x00", 3) + static_cast<char>(tiff.size() + 8) + std::string("Exif\0\0", 6) +
         tiff;
}

std::string green_with(const std::string& segment) {
  return green().substr(0, 2) + segment + green().substr(2);
}

TEST(JpegTest, OrientationInEitherOrderOfBytes) {
  EXPECT_EQ(exif_orientation(green()), 1);
  for (const bool little : {true, false})
    for (std::uint8_t orientation = 1; orientation <= 8; ++orientation)
      EXPECT_EQ(exif_orientation(green_with(exif(orientation, little))), orientation) << little;
  for (const std::uint8_t none : {0, 9, 255}) EXPECT_EQ(exif_orientation(green_with(exif(none, true))), 1);
}

TEST(JpegTest, AnExifThatIsCutOrPointsOutsideSaysNothing) {
  const std::string whole = green_with(exif(6, true));
  const std::size_t end = green_with(exif(6, true)).find("\x12\x01") + 9;  // of the orientation's value
  for (std::size_t kept = 0; kept < whole.size(); ++kept)
    EXPECT_EQ(exif_orientation(whole.substr(0, kept)), kept < end ? 1 : 6) << kept;
  std::string outside = exif(6, true);
  outside.replace(14, 4, "\xFF\xFF\xFF\x7F");
  EXPECT_EQ(exif_orientation(green_with(outside)), 1);
}

// The eight ways to store the same picture, as Exif 2.32 draws them: row by row from its top.
TEST(JpegTest, EveryOrientationComesOutUpright) {
  const GrayImage seen{3, 2, {1, 2, 3, 4, 5, 6}};
  const std::vector<GrayImage> stored = {{3, 2, {1, 2, 3, 4, 5, 6}}, {3, 2, {3, 2, 1, 6, 5, 4}},
                                         {3, 2, {6, 5, 4, 3, 2, 1}}, {3, 2, {4, 5, 6, 1, 2, 3}},
                                         {2, 3, {1, 4, 2, 5, 3, 6}}, {2, 3, {3, 6, 2, 5, 1, 4}},
                                         {2, 3, {6, 3, 5, 2, 4, 1}}, {2, 3, {4, 1, 5, 2, 6, 3}}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const GrayImage turned = upright(stored[static_cast<std::size_t>(orientation - 1)], orientation);
    EXPECT_EQ(turned.width, seen.width) << orientation;
    EXPECT_EQ(turned.height, seen.height) << orientation;
    EXPECT_EQ(turned.pixels, seen.pixels) << orientation;
  }
}

TEST(JpegTest, APhotographIsReadUpright) {
  const testing::TemporaryFolder folder;
  const GrayImage as_stored = read_image(folder.write("a.jpg", green()));
  const GrayImage turned = read_image(folder.write("b.jpg", green_with(exif(6, true))));
  EXPECT_EQ(turned.pixels, upright(as_stored, 6).pixels);
  EXPECT_EQ(turned.width, as_stored.height);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/image/jpeg_tables.hpp"

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

TEST(JpegTablesTest, AJpegIsKnownByItsFirstBytes) {
  EXPECT_TRUE(is_jpeg(green()));
  for (const char* other : {"", "\xFF", "BM", "\x89PNG"}) EXPECT_FALSE(is_jpeg(other));
}

TEST(JpegTablesTest, MoreCodesThanSymbolsAreNoticed) {
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

TEST(JpegTablesTest, OtherPartsMayHoldSuchBytes) {
  const std::string tables = std::string("\xFF\xC4\x00\x14\x00", 5) + std::string(16, '\xFF');
  const std::string comment = std::string("\xFF\xFE\x00\x17", 4) + tables;
  const std::string good = green();
  EXPECT_FALSE(has_sound_huffman_tables(good.substr(0, 2) + tables + good.substr(2)));
  EXPECT_TRUE(has_sound_huffman_tables(good.substr(0, 2) + comment + good.substr(2)));
  EXPECT_TRUE(has_sound_huffman_tables(good + tables));  // after the picture's end
}

TEST(JpegTablesTest, CutAnywhereNothingIsReadBeyondTheEnd) {
  const std::string good = green();
  for (std::size_t kept = 0; kept < good.size(); ++kept)
    EXPECT_TRUE(has_sound_huffman_tables(good.substr(0, kept))) << kept;
}

TEST(JpegTablesTest, SuchAPictureIsRefused) {
  const testing::TemporaryFolder folder;
  std::string bad = green();
  bad[bad.find("\xFF\xC4") + 5] = bad[bad.find("\xFF\xC4") + 6] = '\xF0';
  const auto file = folder.write("bad.jpg", bad);
  testing::expect_error<FileError>([&] { read_image(file); }, {"bad.jpg", "Huffman"});
}

}  // namespace
}  // namespace glyffuser

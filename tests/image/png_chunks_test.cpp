#include "glyffuser/image/png_chunks.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "glyffuser/image/png.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser::png {
namespace {

/// The last four bytes, a big-endian number.
std::uint32_t checksum(const std::string& chunk) {
  std::uint32_t value = 0;
  for (const char byte : chunk.substr(chunk.size() - 4)) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

TEST(PngChunksTest, TextTakesTheSmallestChunkThatHoldsIt) {
  const std::string latin = text_chunk("a", "caf\u00e9");
  EXPECT_EQ(latin.substr(0, 14), std::string("\0\0\0\x06tEXta\0caf\xe9", 14));
  EXPECT_EQ(checksum(latin), 0x5f96a46fU);  // Python: zlib.crc32(b"tEXta\0caf\xe9")
  const std::string international = text_chunk("b", "水");
  EXPECT_EQ(international.substr(0, 17), std::string("\0\0\0\x09iTXtb\0\0\0\0\0\xe6\xb0\xb4", 17));
  EXPECT_EQ(checksum(international), 0x738332d9U);
  EXPECT_EQ(text_chunk("c", "\t").substr(4, 4), "iTXt");  // tEXt has no control characters but the line feed
  EXPECT_EQ(text_chunk("c", "\u0085").substr(4, 4), "iTXt");
}

TEST(PngChunksTest, TextStandsBeforeThePicture) {
  const std::string png = encode_png({.width = 1, .height = 1, .pixels = {0}}, {{"a", "x"}, {"b", "水"}});
  std::vector<std::string_view> types;
  for (const Chunk& chunk : read_chunks(png, "x.png")) types.push_back(chunk.type);
  EXPECT_EQ(types, (std::vector<std::string_view>{"IHDR", "tEXt", "iTXt", "IDAT", "IEND"}));
}

TEST(PngChunksTest, RefusesWhatPngCannotHold) {
  EXPECT_THROW(text_chunk("", "x"), std::invalid_argument);
  EXPECT_THROW(text_chunk(std::string(80, 'k'), "x"), std::invalid_argument);
  EXPECT_NO_THROW(text_chunk(std::string(79, 'k'), "x"));
  EXPECT_THROW(text_chunk("k\n", "x"), std::invalid_argument);
  EXPECT_THROW(text_chunk("k", std::string("a\0b", 3)), std::invalid_argument);
  EXPECT_THROW(text_chunk("k", "\xff"), std::invalid_argument);
}

TEST(PngChunksTest, DamagedTextChunksAreNamed) {
  const auto parse = [](std::string_view type, std::string_view data) {
    testing::expect_error<FileError>([&] { parse_text({.type = type, .data = data}, "x.png"); }, {"x.png"});
  };
  parse("tEXt", "no separator");
  parse("zTXt", std::string_view("k\0", 2));
  parse("zTXt", std::string_view("k\0\0not deflate", 14));
  parse("iTXt", std::string_view("k\0\0", 3));
  parse("iTXt", std::string_view("k\0\0\0no separators", 17));
  EXPECT_FALSE(parse_text({.type = "gAMA", .data = ""}, "x.png").has_value());
}

TEST(PngChunksTest, ATextThatFillsTheMemoryIsRefused) {
  std::string zeros(65U << 20U, '\0'), packed(1U << 20U, '\0');
  uLongf size = packed.size();
  ASSERT_EQ(compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                      reinterpret_cast<const Bytef*>(zeros.data()), zeros.size(), 1),
            Z_OK);
  const std::string data = std::string("k\0\0", 3) + packed.substr(0, size);
  testing::expect_error<FileError>([&] { parse_text({.type = "zTXt", .data = data}, "x.png"); }, {"x.png"});
}

}  // namespace
}  // namespace glyffuser::png

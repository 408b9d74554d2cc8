#include "glyffuser/image/png_chunks.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::png {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr std::size_t kMaxText = std::size_t{64} << 20;  // a compressed text must not fill the memory

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

/// Of type and data together, as PNG wants it.
std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// What the specification lets a tEXt chunk hold: printable Latin-1 and the line feed.
bool is_latin1_text(char32_t code) {
  return code == '\n' || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);
}

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) out += encode_utf8(static_cast<std::uint8_t>(c));
  return out;
}

std::string inflate_text(std::string_view data, const std::filesystem::path& file) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() < kMaxText) {
    char buffer[16384];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw FileError(cat(file.string(), " has a damaged compressed text chunk"));
  return out;
}

/// The part before the next zero byte; `rest` moves behind it.
std::string_view take_field(std::string_view& rest, const std::filesystem::path& file) {
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos)
    throw FileError(cat(file.string(), " has a text chunk without its separator"));
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return field;
}

std::string parse_international(std::string_view rest, const std::filesystem::path& file) {
  if (rest.size() < 2) throw FileError(cat(file.string(), " has an iTXt chunk that is too short"));
  const bool compressed = rest[0] != 0;
  rest.remove_prefix(2);   // compression flag and method
  take_field(rest, file);  // language
  take_field(rest, file);  // translated keyword
  return compressed ? inflate_text(rest, file) : std::string(rest);
}

}  // namespace

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type).append(data);
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(checksum(body));
}

bool is_png(std::string_view bytes) {
  return bytes.starts_with(kSignature);
}

std::vector<Chunk> read_chunks(std::string_view bytes, const std::filesystem::path& file) {
  std::vector<Chunk> chunks;
  std::string_view rest = bytes.substr(kSignature.size());
  while (chunks.empty() || chunks.back().type != "IEND") {
    if (rest.size() < 12 || rest.size() - 12 < read_u32(rest)) {
      throw FileError(cat(file.string(), " is cut short: the PNG data end before the IEND chunk"));
    }
    const std::size_t length = read_u32(rest);
    chunks.push_back({.type = rest.substr(4, 4), .data = rest.substr(8, length)});
    if (checksum(rest.substr(4, 4 + length)) != read_u32(rest.substr(8 + length))) {
      throw FileError(cat(file.string(), " is damaged: the checksum of a PNG chunk at byte ",
                          bytes.size() - rest.size(), " does not match"));
    }
    rest.remove_prefix(12 + length);
  }
  return chunks;
}

std::string text_chunk(std::string_view keyword, std::string_view text) {
  const bool printable = std::ranges::all_of(keyword, [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (keyword.empty() || keyword.size() > 79 || !printable) {
    throw std::invalid_argument("a PNG keyword is 1 to 79 printable ASCII characters");
  }
  if (text.find('\0') != std::string_view::npos) throw std::invalid_argument("a PNG text has no zero bytes");
  const std::vector<char32_t> codes = decode_utf8(text);
  std::string data(keyword);
  if (std::ranges::all_of(codes, is_latin1_text)) {
    data += '\0';
    for (const char32_t code : codes) data += static_cast<char>(code);
    return chunk("tEXt", data);
  }
  // Separator, not compressed, method 0, no language, no translated keyword.
  return chunk("iTXt", data.append(5, '\0').append(text));
}

std::optional<std::pair<std::string, std::string>> parse_text(const Chunk& chunk,
                                                              const std::filesystem::path& file) {
  if (chunk.type != "tEXt" && chunk.type != "zTXt" && chunk.type != "iTXt") return std::nullopt;
  std::string_view rest = chunk.data;
  std::string keyword = latin1_to_utf8(take_field(rest, file));
  if (chunk.type == "tEXt") return std::pair(std::move(keyword), latin1_to_utf8(rest));
  if (chunk.type == "iTXt") return std::pair(std::move(keyword), parse_international(rest, file));
  if (rest.empty()) throw FileError(cat(file.string(), " has a zTXt chunk that is too short"));
  return std::pair(std::move(keyword), latin1_to_utf8(inflate_text(rest.substr(1), file)));
}

}  // namespace glyffuser::png

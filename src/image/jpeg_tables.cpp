#include "glyffuser/image/jpeg_tables.hpp"

#include <algorithm>

namespace glyffuser {
namespace {

constexpr unsigned kStartOfImage = 0xD8, kEndOfImage = 0xD9, kHuffmanTables = 0xC4;

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

/// Without a segment after them; 0 stands for a byte 0xFF of the picture itself.
bool stands_alone(unsigned marker) {
  return marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= kStartOfImage);
}

/// A segment's tables: a byte for the name, 16 counts of codes, a byte for each code.
bool are_sound(std::string_view tables) {
  while (!tables.empty()) {
    unsigned codes = 0;
    for (std::size_t i = 1; i <= 16; ++i) codes += byte_at(tables, i);
    if (codes > 256) return false;
    tables.remove_prefix(std::min<std::size_t>(tables.size(), 17 + codes));
  }
  return true;
}

}  // namespace

bool is_jpeg(std::string_view bytes) {
  return byte_at(bytes, 0) == 0xFF && byte_at(bytes, 1) == kStartOfImage;
}

bool has_sound_huffman_tables(std::string_view jpeg) {
  // What lies between segments, as the picture itself after its header, is passed over.
  for (std::size_t at = 0; at + 1 < jpeg.size();) {
    const unsigned marker = byte_at(jpeg, at + 1);
    if (byte_at(jpeg, at) != 0xFF || marker == 0xFF) {
      ++at;
      continue;
    }
    at += 2;
    if (marker == kEndOfImage) return true;
    if (stands_alone(marker)) continue;
    const std::size_t length = std::max(2U, byte_at(jpeg, at) << 8U | byte_at(jpeg, at + 1));
    const std::string_view segment = jpeg.substr(std::min(at, jpeg.size()), length);
    if (marker == kHuffmanTables && segment.size() > 2 && !are_sound(segment.substr(2))) return false;
    at += length;
  }
  return true;
}

}  // namespace glyffuser

#include "glyffuser/image/jpeg.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace glyffuser {
namespace {

constexpr unsigned kStartOfImage = 0xD8, kEndOfImage = 0xD9, kHuffmanTables = 0xC4, kApp1 = 0xE1,
                   kBaseline = 0xC0, kProgressive = 0xC2, kScan = 0xDA;

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

/// Without a segment after them; 0 stands for a byte 0xFF of the picture itself.
bool stands_alone(unsigned marker) {
  return marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= kStartOfImage);
}

/// Whether visit(marker, payload) is true of any of the file's segments.
template <class Visit>
bool any_segment(std::string_view jpeg, Visit visit) {
  // What lies between segments, as the picture itself after its header, is passed over.
  for (std::size_t at = 0; at + 1 < jpeg.size();) {
    const unsigned marker = byte_at(jpeg, at + 1);
    if (byte_at(jpeg, at) != 0xFF || marker == 0xFF) {
      ++at;
      continue;
    }
    at += 2;
    if (marker == kEndOfImage) return false;
    if (stands_alone(marker)) continue;
    const std::size_t length = std::max(2U, byte_at(jpeg, at) << 8U | byte_at(jpeg, at + 1));
    const std::string_view segment = jpeg.substr(std::min(at, jpeg.size()), length);
    if (segment.size() > 2 && visit(marker, segment.substr(2))) return true;
    at += length;
  }
  return false;
}

/// The Huffman tables that a file has defined so far, by their names: the class (0 DC, 1 AC) and a number.
class HuffmanTables {
 public:
  /// A segment's tables: a byte for the name, 16 counts of codes, a byte for each code. False if not sound.
  bool define(std::string_view tables) {
    constexpr std::size_t kHead = 17;
    while (!tables.empty()) {
      if (tables.size() < kHead) return false;  // the decoder would go on behind the segment
      unsigned codes = 0;
      for (std::size_t i = 1; i < kHead; ++i) codes += byte_at(tables, i);
      if (codes > 256 || tables.size() < kHead + codes) return false;
      names_.insert(byte_at(tables, 0));
      tables.remove_prefix(kHead + codes);
    }
    return true;
  }

  /// Whether those are there that a scan's header names (ITU T.81, B.2.3): for each of its components a
  /// number of a DC and one of an AC table. A progressive scan is of coefficients `first` to `last` only, and
  /// without a table where it refines the DC ones.
  bool suffice_for(std::string_view header, bool progressive) const {
    const std::size_t components = byte_at(header, 0), end = 1 + 2 * components;
    const unsigned first = byte_at(header, end), last = byte_at(header, end + 1);
    const bool refines = byte_at(header, end + 2) >> 4U > 0;
    for (std::size_t at = 2; at < end; at += 2) {
      const unsigned dc = byte_at(header, at) >> 4U, ac = byte_at(header, at) & 15U;
      if ((!progressive || (first == 0 && !refines)) && !names_.contains(dc)) return false;
      if ((!progressive || last > 0) && !names_.contains(16U + ac)) return false;
    }
    return true;
  }

 private:
  std::set<unsigned> names_;
};

/// The first directory of a TIFF header (TIFF 6.0, section 2), in either order of bytes.
class TiffDirectory {
 public:
  explicit TiffDirectory(std::string_view tiff) : tiff_(tiff), is_little_(tiff.starts_with("II")) {}

  /// A number of 16 bits, if the directory has it; else 0.
  unsigned find(unsigned tag) const {
    constexpr unsigned kShort = 3;
    const std::size_t directory = number(4, 4);
    const unsigned count = number(directory, 2);
    for (std::size_t entry = directory + 2; entry < directory + 2 + 12 * std::size_t{count}; entry += 12) {
      if (entry >= tiff_.size()) break;
      if (number(entry, 2) == tag && number(entry + 2, 2) == kShort) return number(entry + 8, 2);
    }
    return 0;
  }

 private:
  unsigned number(std::size_t at, std::size_t bytes) const {
    unsigned value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8U | byte_at(tiff_, at + (is_little_ ? bytes - 1 - i : i));
    return value;
  }

  std::string_view tiff_;
  bool is_little_;
};

}  // namespace

bool is_jpeg(std::string_view bytes) {
  const std::size_t filled = bytes.find_first_not_of('\xFF');  // any number of them may stand before a marker
  return filled != bytes.npos && filled > 0 && byte_at(bytes, filled) == kStartOfImage;
}

bool has_sound_huffman_tables(std::string_view jpeg) {
  HuffmanTables tables;
  bool known = false, progressive = false;
  return !any_segment(jpeg, [&](unsigned marker, std::string_view payload) {
    known = known || (marker >= kBaseline && marker <= kProgressive);
    progressive = progressive || marker == kProgressive;
    if (marker == kHuffmanTables) return !tables.define(payload);
    return marker == kScan && known && !tables.suffice_for(payload, progressive);
  });
}

int exif_orientation(std::string_view jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr unsigned kOrientation = 0x0112;
  unsigned orientation = 1;
  any_segment(jpeg, [&](unsigned marker, std::string_view segment) {
    if (marker != kApp1 || !segment.starts_with(kExif)) return false;
    orientation = TiffDirectory(segment.substr(kExif.size())).find(kOrientation);
    return true;
  });
  return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
}

GrayImage upright(GrayImage image, int orientation) {
  if (orientation == 1) return image;
  const bool on_its_side = orientation >= 5;
  const bool from_the_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  GrayImage turned{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size())};
  if (on_its_side) std::swap(turned.width, turned.height);
  std::size_t place = 0;
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      const int column = on_its_side ? y : x, row = on_its_side ? x : y;
      const auto from_x = static_cast<std::size_t>(from_the_right ? image.width - 1 - column : column);
      const auto from_y = static_cast<std::size_t>(from_below ? image.height - 1 - row : row);
      turned.pixels[place++] = image.pixels[from_y * static_cast<std::size_t>(image.width) + from_x];
    }
  }
  return turned;
}

}  // namespace glyffuser

#pragma once
// Greyscale pictures in files: PNG with text chunks (PNG specification, third edition, 11.3.3) written, and
// whatever stb_image knows read. No time stamps, so equal input gives equal bytes.

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace glyffuser {

/// 8-bit greyscale, row by row from the top: 0 black … 255 white.
struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  ///< width * height
};

/// Grey levels to ink coverage and back: 255 minus each. The two may be one, and are of one length.
void invert(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);

/// Keyword (1 to 79 printable ASCII characters) and UTF-8 text, in the order they are written.
using PngText = std::vector<std::pair<std::string, std::string>>;

/// Whether the name ends in .png, in any case of letters.
bool has_png_name(const std::filesystem::path& file);

/// The bytes of a PNG. Each text becomes a tEXt chunk, or an iTXt chunk where Latin-1 cannot hold it; they
/// stand before the picture data. Throws std::invalid_argument if `pixels` is not width * height > 0 or 2^31
/// and more, or a keyword or text is not allowed (not UTF-8, or with a zero byte).
std::string encode_png(const GrayImage& image, const PngText& text = {});

/// encode_png into a file, whole or not at all. Throws RunError if it cannot be written.
void write_png(const std::filesystem::path& file, const GrayImage& image, const PngText& text = {});

/// PNG, JPEG, GIF (its first frame) or BMP; colours as their luma, transparent parts on white, a photograph
/// upright as its Exif says. Throws FileError: missing, no such picture, cut short, a PNG whose checksums are
/// wrong, or more than 16,384 pixels a side or 2^27 in all.
GrayImage read_image(const std::filesystem::path& file);

/// The tEXt, zTXt and iTXt chunks of a PNG by keyword, as UTF-8; the first of equal keywords. Throws
/// FileError: missing, damaged, or no PNG.
std::map<std::string, std::string> read_png_text(const std::filesystem::path& file);

}  // namespace glyffuser

#pragma once
// The chunk layer of PNG (PNG specification, third edition, 5.3 and 11.3.3): what stb leaves out.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glyffuser::png {

struct Chunk {
  std::string_view type;  ///< four letters
  std::string_view data;  ///< points into the file's bytes
};

/// Whether the bytes begin with the PNG signature.
bool is_png(std::string_view bytes);

/// All chunks up to and with IEND of bytes that are is_png (fewer than a signature: std::out_of_range).
/// Throws FileError naming `file`: cut short or a checksum that is wrong.
std::vector<Chunk> read_chunks(std::string_view bytes, const std::filesystem::path& file);

/// The four bytes of a number, the highest first, as PNG has them.
std::string big_endian(std::uint32_t value);

/// One chunk with its length and checksum.
std::string chunk(std::string_view type, std::string_view data);

/// A tEXt chunk, or iTXt where Latin-1 cannot hold the text. Throws std::invalid_argument for a keyword that
/// is not 1 to 79 printable ASCII characters, and a text that is not UTF-8 or has a zero byte.
std::string text_chunk(std::string_view keyword, std::string_view text);

/// Keyword and UTF-8 text of a tEXt, zTXt or iTXt chunk, nothing for other types. Throws FileError naming
/// `file` if the chunk is damaged.
std::optional<std::pair<std::string, std::string>> parse_text(const Chunk& chunk,
                                                              const std::filesystem::path& file);

}  // namespace glyffuser::png

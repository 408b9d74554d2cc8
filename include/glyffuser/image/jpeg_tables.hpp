#pragma once
// What stb_image 2.27 leaves out of reading a JPEG: it takes a Huffman table's counts as they are, and writes
// past its own table for more codes than there are symbols (fixed in 2.28).

#include <string_view>

namespace glyffuser {

/// Whether the bytes begin as a JPEG file does.
bool is_jpeg(std::string_view bytes);

/// Whether every Huffman table of a JPEG file has at most 256 codes (ITU-T T.81, B.2.4.2).
bool has_sound_huffman_tables(std::string_view jpeg);

}  // namespace glyffuser

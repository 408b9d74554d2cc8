#pragma once
// What stb_image 2.27 leaves out of reading a JPEG: it takes a Huffman table's counts as they are, and writes
// past its own table for more codes than there are symbols (fixed in 2.28); and it does not look at how the
// camera was held.

#include <string_view>

#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// Whether the bytes begin as a JPEG file does.
bool is_jpeg(std::string_view bytes);

/// Whether every Huffman table of a JPEG file is whole and has at most 256 codes (ITU-T T.81, B.2.4.2), and
/// every scan of a baseline, extended or progressive one has the tables that it names (B.2.3).
bool has_sound_huffman_tables(std::string_view jpeg);

/// The orientation that a JPEG file's Exif says (Exif 2.32, 4.6.4, tag 0x0112): 1, upright, to 8. 1 without
/// Exif, or where it says nothing that is valid.
int exif_orientation(std::string_view jpeg);

/// A picture that was stored with this orientation, as it is meant to be seen.
GrayImage upright(GrayImage image, int orientation);

}  // namespace glyffuser

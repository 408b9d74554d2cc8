#pragma once
// bzip2 (libbz2), as Debian ships the Unihan database.

#include <string>
#include <string_view>

namespace glyffuser {

/// Whether the bytes begin as a bzip2 file does.
bool is_bzip2(std::string_view bytes);

/// The content of a bzip2 file of one or more streams. Throws FileError, naming `file`, if it is damaged or
/// ends too early.
std::string decompress_bzip2(std::string_view bytes, const std::string& file);

}  // namespace glyffuser

#pragma once
// Text files that may be packed by bzip2 (libbz2), as Debian ships the Unihan database.

#include <filesystem>
#include <string>

namespace glyffuser {

/// A text file's content without its byte order mark; a bzip2 file's, of one or more streams, is unpacked.
/// Throws FileError if it cannot be read, is damaged or ends too early.
std::string read_text_file(const std::filesystem::path& file);

}  // namespace glyffuser

#pragma once
// Definitions of characters: the Unihan database's kDefinition field (Unicode Standard Annex 38), or a plain
// table.

#include <filesystem>
#include <string>
#include <vector>

namespace glyffuser {

/// What a character means, in the file's own words (UTF-8).
struct Definition {
  char32_t code_point = 0;
  std::string text;
};

/// The definitions of a file in ascending order of their code points. The file, plain or bzip2, holds lines
/// `U+4E18<TAB>kDefinition<TAB>hillock or mound` as Unihan_Readings.txt does, whose other fields are passed
/// over, or lines `U+4E18<TAB>hillock or mound` or `丘<TAB>hillock or mound`. Empty lines and lines that
/// begin with '#' are comments. Throws FileError with the line: missing, damaged, not such a line, a
/// character defined twice, no definition at all.
std::vector<Definition> read_definitions(const std::filesystem::path& file);

}  // namespace glyffuser

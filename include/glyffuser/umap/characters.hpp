#pragma once
// What is known of characters besides their meaning: radical, strokes, block and layout.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "glyffuser/umap/config.hpp"

namespace glyffuser {

struct CharacterFacts {
  std::vector<int> radicals;                  ///< KangXi number 1 … 214 of each character; 0: unknown
  std::vector<int> strokes;                   ///< 0: unknown
  std::vector<int> blocks;                    ///< place in block_names
  std::vector<std::string> block_names;       ///< those that occur, in the order of code points
  std::vector<int> layouts;                   ///< place in layout_names
  std::vector<std::string> layout_names;      ///< "unknown" first, then in alphabetical order
  std::map<int, std::string> radical_glyphs;  ///< of the radicals that occur, as unified ideographs
};

/// Facts of the characters `code_points` (0: none). Of several radicals or stroke counts the first is taken.
/// A default file that is missing only warns; one that the configuration names must be there. Throws
/// FileError: such a file missing or not of its format.
CharacterFacts read_character_facts(const std::vector<char32_t>& code_points, const UmapConfig& config);

/// The block of Unicode 15 that holds a code point, of those with Han; "other" for the rest and "no
/// character" for 0.
std::string block_name(char32_t code_point);

}  // namespace glyffuser

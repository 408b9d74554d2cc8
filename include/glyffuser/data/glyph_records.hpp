#pragma once
// Pictures and their captions side by side, as a source gives them.

#include <cstddef>
#include <string>
#include <vector>

#include "glyffuser/data/packed_pictures.hpp"

namespace glyffuser {

struct GlyphRecords {
  PackedPictures ink;                   ///< N; 0 white paper … 255 full ink
  std::vector<char32_t> code_points;    ///< N; 0 for a picture that stands for no character
  std::vector<std::string> captions;    ///< N, none empty or (of pictures for an unconditional model) all
  std::vector<std::string> file_names;  ///< N, within the data set's folder; none of a font's glyphs

  std::size_t size() const { return captions.size(); }
};

}  // namespace glyffuser

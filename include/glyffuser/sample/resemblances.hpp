#pragma once
// --nearest: which real glyph each picture resembles, and how the grid shows it.

#include <optional>
#include <vector>

#include "glyffuser/data/nearest_glyph.hpp"
#include "glyffuser/sample/sheet.hpp"

namespace glyffuser {

class Resemblances {
 public:
  /// Of pictures of `image_size` pixels a side, among all Han characters of data.font. Throws as
  /// NearestGlyphs.
  Resemblances(const DataConfig& data, std::int64_t image_size);

  /// As NearestGlyphs::find; there is one for every picture.
  std::vector<std::optional<NearestGlyph>> find(const std::vector<GrayImage>& pictures) const;
  /// The glyph itself with its character and correlation below; nothing for a blank picture's.
  Resemblance show(const NearestGlyph& nearest) const;

 private:
  DataConfig data_;
  NearestGlyphs glyphs_;
};

}  // namespace glyffuser

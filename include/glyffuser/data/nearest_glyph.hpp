#pragma once
// Which character is this? The real glyph that looks most like a picture.

#include <torch/types.h>

#include <string>
#include <vector>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/data/glyph_records.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {

struct NearestGlyph {
  char32_t code_point = 0;  ///< 0: the picture is blank and resembles none
  /// Of the two at 32 × 32 pixels, 1 for the same picture. Between a character of Noto Sans and the nearest
  /// other one it is .81 in the median and above .95 for one in a hundred: more is nearly a copy. The same
  /// character in another font has about .75 to .87.
  double correlation = 0;
  /// 1 - correlation at full size: 0 for the same picture, 1 for a blank one.
  double distance = 1;
};

/// "鐵 0.91": the character and the correlation; "" for a blank picture.
std::string nearest_label(const NearestGlyph& nearest);

/// Searches all Han characters that the font draws (data/han_glyphs.hpp). Takes 1 KB of memory a character.
class NearestGlyphs {
 public:
  /// Throws as load_han_glyphs.
  explicit NearestGlyphs(const DataConfig& config);

  /// For each picture of config.image_size pixels a side: of the 16 characters with the highest correlation
  /// (Pearson's, of the ink) at 32 × 32 pixels among all, the one with the smallest distance at full size;
  /// of equal ones the lowest code point. Throws std::invalid_argument for another size.
  std::vector<NearestGlyph> find(const std::vector<GrayImage>& pictures) const;

 private:
  torch::Tensor candidates(const torch::Tensor& pictures, torch::Tensor& correlations) const;

  DataConfig config_;
  std::vector<char32_t> code_points_;
  torch::Tensor reduced_;  // uint8 [N,32,32]
  torch::Tensor lengths_;  // float [N], of the reduced pictures as vectors around their mean
};

}  // namespace glyffuser

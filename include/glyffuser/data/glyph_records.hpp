#pragma once
// Pictures and their captions side by side, as a source gives them.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace glyffuser {

struct GlyphRecords {
  torch::Tensor ink;                  ///< uint8 [N,S,S], contiguous: 0 white paper … 255 full ink
  std::vector<char32_t> code_points;  ///< N; 0 for a picture that stands for no character
  std::vector<std::string> captions;  ///< N, none empty

  std::size_t size() const { return captions.size(); }
};

/// Unfilled uint8 [count,side,side], on large pages where the system has them: filling 348 MB by small ones
/// takes longer than unpacking the glyphs.
torch::Tensor empty_pictures(std::size_t count, std::int64_t side);

}  // namespace glyffuser

#pragma once
// Glyphs of random strokes: every fifth is held out. All of them may be there several times.

#include <string>

#include "glyffuser/data/glyph_set.hpp"

namespace glyffuser::testing {

inline GlyphSet few_glyphs(std::int64_t count, std::int64_t side, std::int64_t times = 1) {
  torch::manual_seed(17);
  GlyphRecords records;
  const torch::Tensor ink = (torch::rand({count, side, side}) < 0.3).to(torch::kUInt8) * 255;
  records.ink = pack_pictures(ink.repeat({times, 1, 1}));
  std::vector<bool> held_out;
  for (std::int64_t i = 0; i < count * times; ++i) {
    records.code_points.push_back(U'一' + static_cast<char32_t>(i));
    records.captions.push_back("caption " + std::to_string(i / 2));
    held_out.push_back(i % 5 == 4);
  }
  return GlyphSet(std::move(records), held_out);
}

}  // namespace glyffuser::testing

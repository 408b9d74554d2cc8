#pragma once
// Which glyphs are kept from training.

#include <cstdint>
#include <vector>

#include "glyffuser/data/glyph_records.hpp"

namespace glyffuser {

/// One flag per glyph: held out or not. Glyphs that share a caption (in any case of letters) or a picture,
/// also by way of others, form a group, and a group goes to one side. Groups are held out in the order of a
/// hash of (seed, the group's first caption in the alphabet, or file name where there are no captions) as
/// long as they fit into `share` of the glyphs, rounded, at least 1, but not all of them: nothing depends on
/// the order of the glyphs. A share of 0 holds out none.
std::vector<bool> hold_out(const GlyphRecords& records, double share, std::uint64_t seed);

}  // namespace glyffuser

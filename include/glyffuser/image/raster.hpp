#pragma once
// Paints a drawing with smooth edges.

#include <optional>

#include "glyffuser/image/drawing.hpp"
#include "glyffuser/image/label.hpp"
#include "glyffuser/image/packed_png.hpp"

namespace glyffuser {

/// The drawing at `scale` pixels per unit (above 0). Without a font its texts are left out. Equal input gives
/// equal pixels. Throws FileError if the font cannot be read.
RgbImage rasterise(const Drawing& drawing, double scale, const std::optional<FontFile>& font);

}  // namespace glyffuser

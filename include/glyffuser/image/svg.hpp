#pragma once
// A drawing as SVG 1.1. Equal drawings give equal bytes; it refers to nothing outside itself.

#include <string>

#include "glyffuser/image/drawing.hpp"

namespace glyffuser {

/// Coordinates are rounded to a tenth of a pixel. Dots of one kind become few paths, in which overlapping
/// ones add up less than they should.
std::string to_svg(const Drawing& drawing);

}  // namespace glyffuser

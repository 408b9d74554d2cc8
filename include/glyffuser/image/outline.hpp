#pragma once
// Pictures as outlines: curves around the ink, as SVG, by the program potrace (Selinger 2003, "Potrace: a
// polygon-based tracing algorithm"). It is under the GPL: called where it is installed, never linked.

#include <string>

#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// Throws ConfigError if the program is not on PATH: to be asked before a long job, not after it.
void check_potrace();

/// The ink of a square picture as a black SVG of as many points as the picture has pixels a side. It is
/// enlarged four times with smooth edges and cut at half ink, so that the curves follow the edges within the
/// pixels; specks smaller than a pixel are left out. Equal pictures give equal bytes with the same potrace.
///
/// Throws ConfigError as check_potrace, RunError with potrace's first words if it fails,
/// std::invalid_argument if the picture is empty or not square.
std::string outline_svg(const GrayImage& image);

}  // namespace glyffuser

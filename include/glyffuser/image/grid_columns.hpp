#pragma once
// Columns of a grid put beside one another before it is drawn: samples and the real glyphs they resemble.

#include <optional>
#include <vector>

#include "glyffuser/image/grid.hpp"

namespace glyffuser {

/// Images row by row with their texts; `columns` images to a row, the last row filled up with images of no
/// pixels where there are too few.
struct Grid {
  int columns = 1;
  std::vector<GrayImage> images;
  GridLabels labels;  ///< of its rows only those of the left-most grid are drawn
};

/// The columns of `right` behind those of `left`, set apart by a gap. Title and row labels are those of
/// `left`; missing rows stay empty.
Grid beside(const Grid& left, const Grid& right);

/// Column 0 of `a`, column 0 of `b`, column 1 of `a`, and so on. Title and row labels are those of `a`.
/// Throws std::invalid_argument if the two have not as many columns.
Grid alternating(const Grid& a, const Grid& b);

/// make_grid of its parts.
GrayImage draw_grid(const Grid& grid, const std::optional<FontFile>& font);

}  // namespace glyffuser

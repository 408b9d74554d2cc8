#pragma once
// Many pictures in one: rows and columns with labels, the form in which people look at samples.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/image/label.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {

/// UTF-8; an empty text or list is left out. Long ones are wrapped and end in an ellipsis.
struct GridLabels {
  std::string title;                 ///< above all
  std::vector<std::string> rows;     ///< left of each row
  std::vector<std::string> columns;  ///< above each column
  /// Below each image, in the images' order.
  std::vector<std::string> captions = {};
  /// So many of the last columns stand apart from the others, by a gap.
  int set_apart = 0;
};

/// Width and height of a grid of such cells without labels, in pixels.
std::pair<int, int> grid_size(int rows, int columns, int width, int height);

/// Images row by row on white, `columns` to a row, with thin light lines between them; an image of no pixels
/// leaves its place empty, and the last row may be shorter. Without a font there are no labels. Equal input
/// gives equal pixels. Throws std::invalid_argument if there is no image, columns < 1, or the images differ
/// in size; FileError if the font cannot be read.
GrayImage make_grid(const std::vector<GrayImage>& images, int columns, const GridLabels& labels = {},
                    const std::optional<FontFile>& font = std::nullopt);

}  // namespace glyffuser

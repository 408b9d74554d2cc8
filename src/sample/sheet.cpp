#include "glyffuser/sample/sheet.hpp"

#include "glyffuser/image/grid.hpp"

namespace glyffuser {
namespace {

GrayImage blank(int width, int height) {
  const auto area = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  return {width, height, std::vector<std::uint8_t>(area, 255)};
}

}  // namespace

void Sheet::add(const Picture& picture, GrayImage image) {
  if (!wanted()) return;
  const GridLayout& layout = plan_.layout();
  cells_.resize(layout.rows * layout.columns);
  cells_[picture.row * layout.columns + picture.column] = std::move(image);
}

void Sheet::write() const {
  std::vector<GrayImage> cells = cells_;
  int width = 0;
  int height = 0;
  for (const GrayImage& cell : cells) {
    width = std::max(width, cell.width);
    height = std::max(height, cell.height);
  }
  for (GrayImage& cell : cells) {
    if (cell.pixels.empty()) cell = blank(width, height);
  }
  const GridLabels labels{plan_.title(), plan_.row_labels(), plan_.column_labels()};
  const int columns = static_cast<int>(plan_.layout().columns);
  write_png(plan_.grid(), make_grid(cells, columns, labels, find_label_font()));
}

}  // namespace glyffuser

#include "glyffuser/sample/sheet.hpp"

#include <algorithm>

#include "glyffuser/sample/outputs.hpp"

namespace glyffuser {

void Sheet::add(const Picture& picture, GrayImage image, Resemblance resemblance) {
  if (!wanted()) return;
  const std::size_t cells = plan_.layout().rows * plan_.layout().columns;
  const std::size_t at = picture.row * plan_.layout().columns + picture.column;
  cells_.resize(cells);
  cells_[at] = std::move(image);
  if (plan_.labels_pictures()) {
    labels_.resize(cells);
    labels_[at] = picture.label;
  }
  if (resemblance.image.pixels.empty() && resemblances_.empty()) return;
  resemblances_.resize(cells);
  resemblances_[at] = std::move(resemblance);
}

void Sheet::add_real(std::size_t row, std::vector<GrayImage> glyphs) {
  real_.resize(plan_.layout().rows);
  real_[row] = std::move(glyphs);
}

void Sheet::write() const {
  Grid grid = pictures();
  if (!resemblances_.empty()) grid = alternating(grid, resemblances());
  if (!real_.empty()) grid = beside(grid, real());
  write_png(plan_.grid(), draw_grid(grid, find_label_font()), sheet_text());
}

Grid Sheet::pictures() const {
  return {.columns = static_cast<int>(plan_.layout().columns),
          .images = cells_,
          .labels = {plan_.title(), plan_.row_labels(), plan_.column_labels(), labels_}};
}

Grid Sheet::resemblances() const {
  Grid grid{.columns = static_cast<int>(plan_.layout().columns), .images = {}, .labels = {}};
  for (const Resemblance& one : resemblances_) {
    grid.images.push_back(one.image);
    grid.labels.captions.push_back(one.label);
  }
  return grid;
}

Grid Sheet::real() const {
  std::size_t columns = 1;
  for (const auto& row : real_) columns = std::max(columns, row.size());
  Grid grid{.columns = static_cast<int>(columns), .images = {}, .labels = {}};
  for (std::vector<GrayImage> row : real_) {
    row.resize(columns);
    grid.images.insert(grid.images.end(), row.begin(), row.end());
  }
  grid.labels.columns = {"real"};
  return grid;
}

}  // namespace glyffuser

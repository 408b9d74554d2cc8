#include "glyffuser/image/grid_columns.hpp"

#include <algorithm>
#include <stdexcept>

namespace glyffuser {
namespace {

int rows_of(const Grid& grid) {
  return (static_cast<int>(grid.images.size()) + grid.columns - 1) / grid.columns;
}

template <class T>
T item(const std::vector<T>& items, int index) {
  return index < static_cast<int>(items.size()) ? items[static_cast<std::size_t>(index)] : T();
}

/// Appends one cell of a grid, or one of one row, to the same of another.
void append_cell(Grid& to, const Grid& from, int row, int column) {
  to.images.push_back(item(from.images, row * from.columns + column));
  to.labels.captions.push_back(item(from.labels.captions, row * from.columns + column));
}

Grid empty_grid(const Grid& labelled, int columns) {
  return {.columns = columns,
          .images = {},
          .labels = {.title = labelled.labels.title, .rows = labelled.labels.rows, .columns = {}}};
}

}  // namespace

Grid beside(const Grid& left, const Grid& right) {
  Grid both = empty_grid(left, left.columns + right.columns);
  for (int row = 0; row < std::max(rows_of(left), rows_of(right)); ++row) {
    for (int column = 0; column < left.columns; ++column) append_cell(both, left, row, column);
    for (int column = 0; column < right.columns; ++column) append_cell(both, right, row, column);
  }
  for (const Grid* grid : {&left, &right}) {
    for (int column = 0; column < grid->columns; ++column)
      both.labels.columns.push_back(item(grid->labels.columns, column));
  }
  both.labels.set_apart = right.columns;
  return both;
}

Grid alternating(const Grid& a, const Grid& b) {
  if (a.columns != b.columns) throw std::invalid_argument("alternating: one grid has more columns");
  Grid both = empty_grid(a, 2 * a.columns);
  for (int row = 0; row < std::max(rows_of(a), rows_of(b)); ++row) {
    for (int column = 0; column < a.columns; ++column) {
      append_cell(both, a, row, column);
      append_cell(both, b, row, column);
    }
  }
  for (int column = 0; column < a.columns; ++column) {
    both.labels.columns.push_back(item(a.labels.columns, column));
    both.labels.columns.push_back(item(b.labels.columns, column));
  }
  return both;
}

GrayImage draw_grid(const Grid& grid, const std::optional<FontFile>& font) {
  return make_grid(grid.images, grid.columns, grid.labels, font);
}

}  // namespace glyffuser

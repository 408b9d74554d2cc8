#pragma once
// The reverse process on one page: a row for each picture, a column for each of some moments, from noise to
// the finished glyph.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "glyffuser/image/grid_columns.hpp"

namespace glyffuser {

/// Which of `count` moments a sheet of `columns` shows: 0, count - 1, and others at equal distances between
/// them; all of them if there are not more; the last one if there is one column. Ascending. Both are at
/// least 1.
std::vector<std::size_t> spread_moments(std::size_t count, std::size_t columns);

class ContactSheet {
 public:
  /// Shows spread_moments(count, columns).
  ContactSheet(std::size_t count, std::size_t columns);

  /// Whether pictures of this moment have a place, so that others need not be made.
  bool shows(std::size_t moment) const { return moments_.contains(moment); }
  /// Pictures of equal size below those that the moment has already. The label of its first call stands above
  /// the column: "t = 999". What is not shown is dropped.
  void add(std::size_t moment, const std::string& label, const std::vector<GrayImage>& pictures);

  /// Moments across and pictures down. Throws std::invalid_argument unless every moment has as many pictures,
  /// at least one.
  Grid grid(const std::string& title = "", const std::vector<std::string>& row_labels = {}) const;

 private:
  struct Column {
    std::string label;
    std::vector<GrayImage> pictures;
  };
  std::map<std::size_t, Column> moments_;
};

}  // namespace glyffuser

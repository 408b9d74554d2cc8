#include "glyffuser/image/contact_sheet.hpp"

#include <algorithm>
#include <stdexcept>

namespace glyffuser {

std::vector<std::size_t> spread_moments(std::size_t count, std::size_t columns) {
  const std::size_t gaps = std::min(count, columns) - 1;
  if (gaps == 0) return {count - 1};
  std::vector<std::size_t> moments;
  for (std::size_t i = 0; i <= gaps; ++i) moments.push_back((i * (count - 1) + gaps / 2) / gaps);
  return moments;
}

ContactSheet::ContactSheet(std::size_t count, std::size_t columns) {
  for (const std::size_t moment : spread_moments(count, columns)) moments_[moment];
}

void ContactSheet::add(std::size_t moment, const std::string& label, const std::vector<GrayImage>& pictures) {
  const auto found = moments_.find(moment);
  if (found == moments_.end()) return;
  Column& column = found->second;
  if (column.pictures.empty()) column.label = label;
  column.pictures.insert(column.pictures.end(), pictures.begin(), pictures.end());
}

Grid ContactSheet::grid(const std::string& title, const std::vector<std::string>& row_labels) const {
  const std::size_t rows = moments_.begin()->second.pictures.size();
  Grid sheet{.columns = static_cast<int>(moments_.size()),
             .images = {},
             .labels = {.title = title, .rows = row_labels, .columns = {}}};
  for (const auto& [moment, column] : moments_) {
    if (rows == 0 || column.pictures.size() != rows)
      throw std::invalid_argument("contact sheet: a moment lacks pictures");
    sheet.labels.columns.push_back(column.label);
  }
  for (std::size_t row = 0; row < rows; ++row) {
    for (const auto& [moment, column] : moments_) sheet.images.push_back(column.pictures[row]);
  }
  return sheet;
}

}  // namespace glyffuser

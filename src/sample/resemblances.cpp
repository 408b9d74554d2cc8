#include "glyffuser/sample/resemblances.hpp"

#include "glyffuser/data/real_glyphs.hpp"

namespace glyffuser {

Resemblances::Resemblances(const DataConfig& data, std::int64_t image_size)
    : data_(drawn_at(data, image_size)), glyphs_(data_) {}

std::vector<std::optional<NearestGlyph>> Resemblances::find(const std::vector<GrayImage>& pictures) const {
  const std::vector<NearestGlyph> found = glyphs_.find(pictures);
  return {found.begin(), found.end()};
}

Resemblance Resemblances::show(const NearestGlyph& nearest) const {
  if (nearest.code_point == 0) return {};
  return {real_glyph(nearest.code_point, data_), nearest_label(nearest)};
}

}  // namespace glyffuser

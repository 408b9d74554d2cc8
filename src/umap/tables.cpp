#include "glyffuser/umap/tables.hpp"

#include <bit>

#include "glyffuser/core/csv.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

std::string code_name(char32_t code_point) {
  return code_point == 0 ? "" : code_point_name(code_point);
}

}  // namespace

std::string map_csv(const GlyphSet& glyphs, const CharacterFacts& facts, const torch::Tensor& places) {
  const auto at = places.accessor<float, 2>();
  std::vector<bool> held_out(static_cast<std::size_t>(glyphs.size()));
  for (const std::int64_t glyph : glyphs.held_out()) held_out[static_cast<std::size_t>(glyph)] = true;
  std::string csv = "code_point,x,y,radical,layout,definition,split,file_name\r\n";
  for (std::int64_t i = 0; i < glyphs.size(); ++i) {
    const auto glyph = static_cast<std::size_t>(i);
    const int radical = facts.radicals[glyph];
    csv += cat(code_name(glyphs.code_points()[glyph]), ",", fixed(at[i][0], 5), ",", fixed(at[i][1], 5), ",",
               radical > 0 ? cat(radical) : "", ",",
               csv_field(facts.layout_names[static_cast<std::size_t>(facts.layouts[glyph])]), ",",
               csv_field(glyphs.caption(i)), ",", held_out[glyph] ? "held out" : "training", ",",
               csv_field(glyphs.file_names().empty() ? "" : glyphs.file_names()[glyph]), "\r\n");
  }
  return csv;
}

std::string npy(const torch::Tensor& matrix) {
  static_assert(std::endian::native == std::endian::little);
  std::string header = cat("{'descr': '<f4', 'fortran_order': False, 'shape': (", matrix.size(0), ", ",
                           matrix.size(1), "), }");
  constexpr std::size_t kBefore = 10, kAlignment = 64;
  header.append(kAlignment - (kBefore + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string out = "\x93NUMPY";
  out += {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  const torch::Tensor values = matrix.to(torch::kCPU, torch::kFloat32).contiguous();
  out += header;
  out.append(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
  return out;
}

}  // namespace glyffuser

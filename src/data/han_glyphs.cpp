#include "glyffuser/data/han_glyphs.hpp"

#include <algorithm>
#include <span>
#include <unordered_set>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/glyph_cache.hpp"
#include "glyffuser/data/rendering.hpp"

namespace glyffuser {
namespace {

constexpr std::size_t kAtOnce = 512;  // glyphs in full size

std::string han_key(const DataConfig& config) {
  Sha256 hash;
  hash.update(cat("han 1 of ", kReducedSide, " pixels ", font_engine(), "\n"))
      .update(cat("font ", sha256_file(config.font), " ", config.font_index, " ", config.font_size, " size ",
                  config.image_size));
  return hash.hex();
}

std::vector<char32_t> han_characters(const DataConfig& config) {
  const Font font = open_font(config);
  std::vector<char32_t> characters = font.characters();
  std::erase_if(characters, [](char32_t code) { return !is_han(code); });
  if (characters.empty())
    throw FileError(cat(config.font, ": draws no Han character; a font with Han characters was expected"));
  return characters;
}

GlyphRecords render_han(const DataConfig& config) {
  const std::vector<char32_t> characters = han_characters(config);
  GlyphRecords records;
  // One tensor for all: thousands of small ones would leave the heap in pieces.
  const auto most = static_cast<std::int64_t>(characters.size());
  const torch::Tensor kept = torch::empty({most, kReducedSide, kReducedSide}, torch::kUInt8);
  std::unordered_set<std::string> seen;
  for (std::size_t first = 0; first < characters.size(); first += kAtOnce) {
    const auto part = std::span(characters).subspan(first, std::min(kAtOnce, characters.size() - first));
    const PackedPictures ink = render_characters(part, config);
    std::vector<std::int64_t> fresh;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (!seen.insert(sha256(ink.packed(i))).second) continue;
      fresh.push_back(static_cast<std::int64_t>(i));
      records.code_points.push_back(part[i]);
      records.captions.push_back(encode_utf8(part[i]));
    }
    const torch::Tensor pictures = unpack_pictures(ink, 0, ink.size());
    const auto count = static_cast<std::int64_t>(fresh.size());
    kept.narrow(0, static_cast<std::int64_t>(records.size()) - count, count)
        .copy_(reduced(pictures.index_select(0, torch::tensor(fresh, torch::kInt64))));
  }
  records.ink = pack_pictures(kept.narrow(0, 0, static_cast<std::int64_t>(records.size())));
  return records;
}

}  // namespace

bool is_han(char32_t code) {
  return code == U'〇' || (code >= 0x3400 && code <= 0x4DBF) || (code >= 0x4E00 && code <= 0x9FFF) ||
         (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x20000 && code <= 0x3FFFD);
}

torch::Tensor reduced(const torch::Tensor& ink) {
  const torch::Tensor pictures = ink.view({ink.size(0), 1, ink.size(-2), ink.size(-1)}).to(torch::kFloat32);
  return torch::adaptive_avg_pool2d(pictures, {kReducedSide, kReducedSide})
      .round()
      .to(torch::kUInt8)
      .squeeze(1)
      .contiguous();
}

GlyphRecords load_han_glyphs(const DataConfig& config) {
  const torch::NoGradGuard no_grad;
  return rendered_or_cached(config, han_key(config), [&] { return render_han(config); });
}

}  // namespace glyffuser

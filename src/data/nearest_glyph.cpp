#include "glyffuser/data/nearest_glyph.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "glyffuser/core/text.hpp"
#include "glyffuser/data/han_glyphs.hpp"
#include "glyffuser/data/rendering.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kCandidates = 16;
constexpr std::int64_t kBlock = 4096;  // glyphs as floats at a time, 16 MB

/// Pictures [N,...] as vectors around their mean, of `dtype`: [N,D].
torch::Tensor centred(const torch::Tensor& pictures, torch::Dtype dtype) {
  const torch::Tensor vectors = pictures.flatten(1).to(dtype);
  return vectors - vectors.mean(1, true);
}

/// The same of length 1; a blank picture stays 0.
torch::Tensor directions(const torch::Tensor& pictures, torch::Dtype dtype) {
  const torch::Tensor vectors = centred(pictures, dtype);
  return vectors / vectors.norm(2, 1, true).clamp_min(1e-6);
}

/// uint8 [B,S,S], 255 full ink.
torch::Tensor ink_of(const std::vector<GrayImage>& pictures, std::int64_t side) {
  torch::Tensor ink = torch::empty({static_cast<std::int64_t>(pictures.size()), side, side}, torch::kUInt8);
  auto* target = ink.data_ptr<std::uint8_t>();
  for (const GrayImage& picture : pictures) {
    if (picture.width != side || picture.height != side)
      throw std::invalid_argument(cat("nearest glyph: a picture that is not of ", side, " pixels a side"));
    invert(picture.pixels, {target, picture.pixels.size()});
    target += picture.pixels.size();
  }
  return ink;
}

}  // namespace

std::string nearest_label(const NearestGlyph& nearest) {
  return nearest.code_point == 0 ? ""
                                 : cat(encode_utf8(nearest.code_point), " ", fixed(nearest.correlation, 2));
}

NearestGlyphs::NearestGlyphs(const DataConfig& config) : config_(config) {
  GlyphRecords glyphs = load_han_glyphs(config);
  reduced_ = unpack_pictures(glyphs.ink, 0, glyphs.size());
  code_points_ = std::move(glyphs.code_points);
  std::vector<torch::Tensor> lengths;
  for (const torch::Tensor& block : reduced_.split(kBlock))
    lengths.push_back(centred(block, torch::kFloat32).norm(2, 1));
  lengths_ = torch::cat(lengths).clamp_min(1e-6);
}

// int64 [B,16] places among the glyphs, ascending, and their float correlations.
torch::Tensor NearestGlyphs::candidates(const torch::Tensor& pictures, torch::Tensor& correlations) const {
  const torch::Tensor queries = directions(reduced(pictures), torch::kFloat32);
  std::vector<torch::Tensor> all;
  std::int64_t first = 0;
  for (const torch::Tensor& block : reduced_.split(kBlock)) {
    // The queries sum to 0, so the glyphs need no centring.
    const torch::Tensor products = queries.matmul(block.flatten(1).to(torch::kFloat32).t());
    all.push_back(products / lengths_.narrow(0, first, block.size(0)));
    first += block.size(0);
  }
  const torch::Tensor every = torch::cat(all, 1);
  const std::int64_t count = std::min(kCandidates, every.size(1));
  const torch::Tensor best = std::get<0>(std::get<1>(every.topk(count, 1)).sort(1));
  correlations = every.gather(1, best);
  return best;
}

std::vector<NearestGlyph> NearestGlyphs::find(const std::vector<GrayImage>& pictures) const {
  const torch::NoGradGuard no_grad;
  if (pictures.empty()) return {};
  const torch::Tensor ink = ink_of(pictures, config_.image_size);
  torch::Tensor correlations;
  const torch::Tensor best = candidates(ink, correlations);
  std::vector<char32_t> characters;
  for (const std::int64_t place :
       std::span(best.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(best.numel())))
    characters.push_back(code_points_[static_cast<std::size_t>(place)]);
  const torch::Tensor real = unpack_pictures(render_characters(characters, config_), 0, characters.size());
  std::vector<NearestGlyph> found(pictures.size());
  for (std::int64_t i = 0; i < best.size(0); ++i) {
    const torch::Tensor picture = directions(ink.narrow(0, i, 1), torch::kFloat64);
    if (picture.abs().max().item<double>() == 0) continue;
    const torch::Tensor similar = directions(real.narrow(0, i * best.size(1), best.size(1)), torch::kFloat64);
    const torch::Tensor distances = (1 - similar.matmul(picture[0])).clamp_min(0);
    const std::int64_t nearest = distances.argmin().item<std::int64_t>();  // the first of equal ones
    found[static_cast<std::size_t>(i)] = {characters[static_cast<std::size_t>(i * best.size(1) + nearest)],
                                          correlations[i][nearest].item<double>(),
                                          distances[nearest].item<double>()};
  }
  return found;
}

}  // namespace glyffuser

#include "glyffuser/umap/pixel_distances.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>
#include <unordered_map>

namespace glyffuser {
namespace {

constexpr std::int64_t kPictureBytes = std::int64_t{64} << 20;

/// The block's distances [M,B], squared, from |a|² + |b|² - 2ab.
torch::Tensor squared(const torch::Tensor& pictures, const torch::Tensor& squares,
                      const torch::Tensor& block) {
  return torch::addmm(squares + block.square().sum(1), pictures, block.t(), /*beta=*/1, /*alpha=*/-2);
}

/// Of each glyph the first that has the same picture.
std::vector<std::int64_t> first_of_equal(const PackedPictures& pictures) {
  std::unordered_map<std::string_view, std::int64_t> known;
  std::vector<std::int64_t> firsts;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    firsts.push_back(known.emplace(pictures.packed(i), static_cast<std::int64_t>(i)).first->second);
  return firsts;
}

/// Their entries of `firsts`, int64; -1 stays.
torch::Tensor firsts_of(std::span<const std::int64_t> glyphs, const std::vector<std::int64_t>& firsts) {
  std::vector<std::int64_t> found;
  for (const std::int64_t glyph : glyphs)
    found.push_back(glyph < 0 ? glyph : firsts[static_cast<std::size_t>(glyph)]);
  return torch::tensor(found, torch::kInt64);
}

}  // namespace

PixelDistances pixel_distances(const GlyphSet& glyphs, const torch::Tensor& pictures,
                               const std::vector<std::int64_t>& own, const ShareSink& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t area = glyphs.image_size() * glyphs.image_size();
  const std::vector<std::int64_t>& training = glyphs.training();
  const auto count = static_cast<std::int64_t>(training.size());
  const torch::Tensor flat = pictures.flatten(1).contiguous();
  const torch::Tensor squares = flat.square().sum(1, true);
  // A picture that is listed twice would be its own neighbour, at a distance that is rounding alone.
  const std::vector<std::int64_t> firsts = first_of_equal(glyphs.packed_ink());
  const torch::Tensor owners = firsts_of(own, firsts).unsqueeze(1);
  torch::Tensor nearest = torch::full({flat.size(0)}, std::numeric_limits<float>::infinity());
  torch::Tensor sum = torch::zeros({area}, torch::kFloat64);
  const std::int64_t block_size = std::max<std::int64_t>(1, kPictureBytes / 4 / area);
  for (std::int64_t first = 0; first < count; first += block_size) {
    const std::int64_t rows = std::min(block_size, count - first);
    const std::span<const std::int64_t> chosen(training.data() + first, static_cast<std::size_t>(rows));
    const torch::Tensor block = glyphs.images(chosen).flatten(1);
    sum += block.sum(0, false, torch::kFloat64);
    torch::Tensor distances = squared(flat, squares, block);
    distances.masked_fill_(owners == firsts_of(chosen, firsts).unsqueeze(0),
                           std::numeric_limits<float>::infinity());
    nearest = torch::minimum(nearest, distances.amin(1));
    if (progress) progress(static_cast<double>(first + rows) / static_cast<double>(count));
  }
  const torch::Tensor mean = (sum / static_cast<double>(count)).to(torch::kFloat32);
  return {(flat - mean).norm(2, 1), nearest.clamp_min(0).sqrt()};
}

}  // namespace glyffuser

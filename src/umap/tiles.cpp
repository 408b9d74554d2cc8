#include "glyffuser/umap/tiles.hpp"

#include <algorithm>

#include "glyffuser/core/parallel.hpp"
#include "glyffuser/image/packed_png.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kPageSide = 2048;
constexpr std::int64_t kPooledAtOnce = 16;  // pictures: as floats those of a page may take gigabytes

std::int64_t tiles_per_row(std::int64_t size) {
  return std::max<std::int64_t>(1, kPageSide / size);
}

/// Page `first` … of the tiles, drawn and packed.
std::string make_page(const torch::Tensor& ink, std::int64_t size, std::int64_t per_row) {
  const torch::NoGradGuard no_grad;
  const std::int64_t count = ink.size(0), rows = (count + per_row - 1) / per_row;
  torch::Tensor tiles = torch::full({rows * per_row, size, size}, 255, torch::kUInt8);
  for (std::int64_t first = 0; first < count; first += kPooledAtOnce) {
    const torch::Tensor some = ink.narrow(0, first, std::min(kPooledAtOnce, count - first));
    const torch::Tensor shades =
        torch::adaptive_avg_pool2d(some.to(torch::kFloat32).unsqueeze(1), {size, size}).squeeze(1);
    tiles.narrow(0, first, shades.size(0)).copy_((255 - shades).round());
  }
  const torch::Tensor gray = tiles.view({rows, per_row, size, size}).permute({0, 2, 1, 3}).contiguous();
  const auto* pixels = gray.const_data_ptr<std::uint8_t>();
  return encode_two_bit_png({.width = static_cast<int>(per_row * size),
                             .height = static_cast<int>(rows * size),
                             .pixels = {pixels, pixels + gray.numel()}});
}

}  // namespace

std::int64_t tiles_per_page(std::int64_t size) {
  return tiles_per_row(size) * tiles_per_row(size);
}

TilePages make_tiles(const torch::Tensor& ink, std::int64_t size, std::size_t threads) {
  TilePages tiles{
      .size = size, .per_row = tiles_per_row(size), .per_page = tiles_per_page(size), .pages = {}};
  const std::int64_t count = ink.size(0);
  tiles.pages.resize(static_cast<std::size_t>((count + tiles.per_page - 1) / tiles.per_page));
  const auto make = [&](std::size_t, std::size_t page, std::size_t) {
    const std::int64_t first = static_cast<std::int64_t>(page) * tiles.per_page;
    tiles.pages[page] =
        make_page(ink.narrow(0, first, std::min(tiles.per_page, count - first)), size, tiles.per_row);
  };
  in_parallel(tiles.pages.size(), thread_count(threads), make, 1);
  return tiles;
}

}  // namespace glyffuser

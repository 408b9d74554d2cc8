#include "glyffuser/umap/tiles.hpp"

#include <algorithm>

#include "glyffuser/core/parallel.hpp"
#include "glyffuser/image/packed_png.hpp"

namespace glyffuser {
namespace {

constexpr std::int64_t kPageSide = 2048;

/// Page `first` … of the tiles, drawn and packed.
std::string make_page(const torch::Tensor& ink, std::int64_t size, std::int64_t per_row) {
  const torch::NoGradGuard no_grad;
  const std::int64_t count = ink.size(0), rows = (count + per_row - 1) / per_row;
  const torch::Tensor shades =
      torch::adaptive_avg_pool2d(ink.to(torch::kFloat32).unsqueeze(1), {size, size}).squeeze(1);
  torch::Tensor page = torch::zeros({rows * per_row, size, size});
  page.narrow(0, 0, count).copy_(shades);
  const torch::Tensor gray = (255 - page.view({rows, per_row, size, size}).permute({0, 2, 1, 3}))
                                 .round()
                                 .to(torch::kUInt8)
                                 .contiguous();
  const auto* pixels = gray.const_data_ptr<std::uint8_t>();
  return encode_two_bit_png({.width = static_cast<int>(per_row * size),
                             .height = static_cast<int>(rows * size),
                             .pixels = {pixels, pixels + gray.numel()}});
}

}  // namespace

TilePages make_tiles(const torch::Tensor& ink, std::int64_t size, std::size_t threads) {
  TilePages tiles{
      .size = size, .per_row = std::max<std::int64_t>(1, kPageSide / size), .per_page = 0, .pages = {}};
  tiles.per_page = tiles.per_row * tiles.per_row;
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

#pragma once
// Glyphs as small tiles on large pages, for the interactive map.

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace glyffuser {

/// Tiles of `size` pixels, row by row from the left of page 0 on. A page is no larger than 2048 pixels a side
/// (phones decode no larger ones) and has as many rows as its tiles need.
struct TilePages {
  std::int64_t size = 0;
  std::int64_t per_row = 0;
  std::int64_t per_page = 0;
  std::vector<std::string> pages;  ///< 2-bit greyscale PNG, white paper
};

/// How many tiles of `size` pixels a full page has.
std::int64_t tiles_per_page(std::int64_t size);

/// Of N pictures by their ink, uint8 [N,S,S] (255 full ink), by `threads` threads. An empty N gives no page.
TilePages make_tiles(const torch::Tensor& ink, std::int64_t size, std::size_t threads);

}  // namespace glyffuser

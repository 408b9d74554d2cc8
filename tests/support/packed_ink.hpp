#pragma once
// Pictures for a data set from a tensor.

#include <torch/types.h>

#include <algorithm>

#include "glyffuser/data/packed_pictures.hpp"

namespace glyffuser::testing {

/// Of uint8 [N,S,S].
inline PackedPictures packed_ink(const torch::Tensor& ink) {
  const torch::Tensor all = ink.contiguous();
  return PackedPictures::drawn(static_cast<std::size_t>(all.size(0)), all.size(1), 1,
                               [&](std::size_t, std::size_t picture, std::span<std::uint8_t> pixels) {
                                 std::copy_n(all.const_data_ptr<std::uint8_t>() + picture * pixels.size(),
                                             pixels.size(), pixels.begin());
                               });
}

}  // namespace glyffuser::testing

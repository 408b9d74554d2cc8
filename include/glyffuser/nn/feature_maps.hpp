#pragma once
// The layout of feature maps [B, C, H, W]: all of a pixel's channels beside each other.

#include <torch/types.h>

namespace glyffuser::nn {

inline torch::Tensor channels_last(const torch::Tensor& x) {
  return x.contiguous(torch::MemoryFormat::ChannelsLast);
}

/// Uninitialised, of x's images, pixels and dtype.
inline torch::Tensor feature_maps_like(const torch::Tensor& x, std::int64_t channels) {
  return torch::empty({x.size(0), channels, x.size(2), x.size(3)}, x.options(),
                      torch::MemoryFormat::ChannelsLast);
}

}  // namespace glyffuser::nn

#pragma once
// Weights and inputs that scripts/fixtures/unet.py computes in the same way, so that they need not be stored.

#include <torch/types.h>

#include <cmath>
#include <map>
#include <string>

#include "glyffuser/nn/unet.hpp"

namespace glyffuser::testing {

/// Numbers of [-1, 1) with 24 bits from a hash of (stream, index): `values` of the script.
inline torch::Tensor formula_values(std::uint32_t stream, torch::IntArrayRef shape) {
  torch::Tensor result = torch::empty(shape);
  float* out = result.data_ptr<float>();
  const std::uint32_t offset = stream * 0x9E3779B9u;
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    std::uint32_t x = static_cast<std::uint32_t>(i) + offset;
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    out[i] = static_cast<float>(x >> 8) * 0x1p-23f - 1.0f;
  }
  return result;
}

/// Parameters by name, in the order of their names.
inline std::map<std::string, torch::Tensor> sorted_parameters(const UNet& unet) {
  std::map<std::string, torch::Tensor> parameters;
  for (const auto& item : unet.named_parameters()) parameters.emplace(item.key(), item.value());
  return parameters;
}

/// Fills every parameter by the script's rule.
inline void fill_by_formula(const UNet& unet) {
  const torch::NoGradGuard no_grad;
  std::uint32_t stream = 0;
  for (auto [name, parameter] : sorted_parameters(unet)) {
    const torch::Tensor u = formula_values(stream++, parameter.sizes());
    if (parameter.dim() > 1) {
      const auto fan_in = static_cast<double>(parameter.numel() / parameter.size(0));
      parameter.copy_(u * static_cast<float>(1 / std::sqrt(fan_in)));
    } else {
      parameter.copy_(u / 4 + (name.ends_with("weight") ? 1 : 0));
    }
  }
}

}  // namespace glyffuser::testing

#pragma once
// What a UNet costs.

#include <cstdint>

#include "glyffuser/nn/unet.hpp"

namespace glyffuser {

/// Floating-point operations of a forward pass of one image of config().sample_size with a text of `tokens`
/// states (0 for a UNet2DModel). A multiplication and its addition count as two, as in
/// torch.utils.flop_counter; convolutions, as if done directly (nn/winograd.hpp needs fewer), linear layers
/// and the two products of each attention count, norms and activations do not.
std::int64_t forward_flops(const UNet& unet, std::int64_t tokens);

/// Of a training step per image: the backward pass has two products for each one of the forward pass.
inline std::int64_t training_flops(const UNet& unet, std::int64_t tokens) {
  return 3 * forward_flops(unet, tokens);
}

}  // namespace glyffuser

#pragma once
// The smallest unconditional UNet that has every kind of part: a few thousand weights.

#include <cstdint>

#include "glyffuser/nn/unet_config.hpp"

namespace glyffuser::testing {

/// But for its size and channels, which follow from pictures and patches.
inline UNetConfig tiny_unet() {
  UNetConfig unet;
  unet.class_name = "UNet2DModel";
  unet.block_out_channels = {16, 32};
  unet.layers_per_block = 1;
  unet.down_block_types = {"DownBlock2D", "AttnDownBlock2D"};
  unet.mid_block_type = "UNetMidBlock2D";
  unet.up_block_types = {"AttnUpBlock2D", "UpBlock2D"};
  unet.attention_head_dim = {8};
  unet.norm_num_groups = 8;
  return unet;
}

/// The same that attends to states of this width.
inline void make_conditional(UNetConfig& unet, std::int64_t encoder_width) {
  unet.class_name = "UNet2DConditionModel";
  unet.down_block_types = {"DownBlock2D", "CrossAttnDownBlock2D"};
  unet.mid_block_type = "UNetMidBlock2DCrossAttn";
  unet.up_block_types = {"CrossAttnUpBlock2D", "UpBlock2D"};
  unet.cross_attention_dim = 16;
  unet.encoder_hid_dim = encoder_width;
}

}  // namespace glyffuser::testing

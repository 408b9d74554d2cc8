#pragma once
// The configuration of an unconditional run of a few thousand weights on 32 x 32 pixels.

#include "glyffuser/train/run_config.hpp"

namespace glyffuser::testing {

inline RunConfig tiny_config() {
  RunConfig config;
  config.output.dir = "unused";
  config.data.image_size = 32;
  config.network.patch_size = 4;
  UNetConfig& unet = config.network.unet;
  unet.class_name = "UNet2DModel";
  unet.block_out_channels = {16, 32};
  unet.layers_per_block = 1;
  unet.down_block_types = {"DownBlock2D", "AttnDownBlock2D"};
  unet.mid_block_type = "UNetMidBlock2D";
  unet.up_block_types = {"AttnUpBlock2D", "UpBlock2D"};
  unet.attention_head_dim = {8};
  unet.norm_num_groups = 8;
  config.train.steps = 20;
  config.train.batch_size = 8;
  config.train.warmup_steps = 2;
  resolve(config);
  return config;
}

}  // namespace glyffuser::testing

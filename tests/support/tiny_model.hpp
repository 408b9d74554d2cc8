#pragma once
// An unconditional model of a few thousand random weights, 32 x 32 pixels in patches of 4.

#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/nn/unet.hpp"

namespace glyffuser::testing {

inline Model tiny_model() {
  UNetConfig config;
  config.class_name = "UNet2DModel";
  config.sample_size = 8;
  config.in_channels = config.out_channels = 16;
  config.block_out_channels = {16, 32};
  config.layers_per_block = 1;
  config.down_block_types = {"DownBlock2D", "AttnDownBlock2D"};
  config.mid_block_type = "UNetMidBlock2D";
  config.up_block_types = {"AttnUpBlock2D", "UpBlock2D"};
  config.attention_head_dim = {8};
  config.norm_num_groups = 8;
  Model model;
  model.unet = make_unet(config, 1);
  model.info.patch_size = 4;
  model.info.image_size = 32;
  return model;
}

/// Pictures of these seeds after four steps.
inline torch::Tensor draw_seeds(const Model& model, const std::vector<std::uint64_t>& seeds,
                                const char* scheduler_name) {
  const auto scheduler = make_scheduler(scheduler_name, model.scheduler, 4);
  ImageGenerators generators(seeds);
  const torch::Tensor noise = generators.normal({1, 32, 32});
  return draw(model, {}, {}, *scheduler, noise, generators);
}

}  // namespace glyffuser::testing

#pragma once
// An unconditional model of a few thousand random weights, 32 x 32 pixels in patches of 4.

#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/nn/unet.hpp"
#include "tests/support/tiny_unet.hpp"

namespace glyffuser::testing {

inline Model tiny_model() {
  UNetConfig config = tiny_unet();
  config.sample_size = 8;
  config.in_channels = config.out_channels = 16;
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

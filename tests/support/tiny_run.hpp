#pragma once
// The configuration of an unconditional run of a few thousand weights on 32 x 32 pixels.

#include "glyffuser/train/run_config.hpp"
#include "tests/support/tiny_unet.hpp"

namespace glyffuser::testing {

inline RunConfig tiny_config() {
  RunConfig config;
  config.output.dir = "unused";
  config.data.image_size = 32;
  config.network.patch_size = 4;
  config.network.unet = tiny_unet();
  config.train.steps = 20;
  config.train.batch_size = 8;
  config.train.warmup_steps = 2;
  resolve(config);
  return config;
}

}  // namespace glyffuser::testing

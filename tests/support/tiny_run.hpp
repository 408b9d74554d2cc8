#pragma once
// The configurations of runs of a few thousand weights on 32 x 32 pixels.

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

/// The same that hears captions, from the text encoder in a folder (tests/encoder/tiny_text_encoder.hpp).
inline RunConfig tiny_conditional_config(const std::string& encoder, const std::string& cache) {
  RunConfig config = tiny_config();
  config.data.cache = cache;
  config.text_encoder.path = encoder;
  make_conditional(config.network.unet, 8);
  resolve(config);
  return config;
}

}  // namespace glyffuser::testing

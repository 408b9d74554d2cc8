#pragma once
// A tiny model that takes prompts, with TinyTextEncoder's states.

#include <cstdint>
#include <filesystem>

#include "tests/encoder/tiny_text_encoder.hpp"
#include "tests/support/tiny_model.hpp"

namespace glyffuser::testing {

/// Saves one of 32 x 32 pixels that expects states of this width, whatever the width of the encoder that is
/// saved with it: TinyTextEncoder's is 8.
inline void save_conditional_model(const std::filesystem::path& folder, std::int64_t encoder_width) {
  Model model = tiny_model();
  UNetConfig config = model.unet->config();
  make_conditional(config, encoder_width);
  model.unet = make_unet(config, 1);
  const TinyTextEncoder encoder;
  save_model(folder, model, {.text_encoder = encoder.path(), .card = "a test"});
}

}  // namespace glyffuser::testing

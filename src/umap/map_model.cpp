#include "glyffuser/umap/map_model.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

Model load_map_model(const UmapConfig& config, std::int64_t image_size, const torch::Device& device) {
  Model model = load_model(config.model, device);
  if (model.info.image_size != image_size)
    throw ConfigError(cat("the model ", config.model, " draws pictures of ", model.info.image_size,
                          " pixels, expected `data.image_size` (", image_size, ")"));
  return model;
}

TextStates encode_for(const Model& model, const std::vector<std::string>& texts, const UmapConfig& config,
                      TextEncoderConfig encoder, const torch::Device& device) {
  if (has_text_encoder(config.model)) encoder.path = config.model;
  const TextEncoder text_encoder(encoder, device);
  text_encoder.require_width(model.unet->config().encoder_width());
  return text_encoder.encode(texts);
}

}  // namespace glyffuser

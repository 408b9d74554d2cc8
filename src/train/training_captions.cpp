#include "glyffuser/train/training_captions.hpp"

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/glyph_cache.hpp"

namespace glyffuser {
namespace {

TextEncoder fitting_encoder(const RunConfig& config, const GlyphSet& glyphs, const torch::Device& device) {
  require_captions(glyphs, "an unconditional `unet` (configs/unconditional.yaml)");
  TextEncoder encoder(config.text_encoder, device);
  const std::int64_t wanted = config.network.unet.encoder_width();
  if (encoder.d_model() != wanted)
    throw ConfigError(
        cat("`unet.", config.network.unet.encoder_hid_dim ? "encoder_hid_dim" : "cross_attention_dim",
            "` is ", wanted, ", expected ", encoder.d_model(), ", the width of the text encoder's states"));
  return encoder;
}

}  // namespace

TrainingCaptions::TrainingCaptions(const RunConfig& config, const GlyphSet& glyphs,
                                   const torch::Device& device)
    : encoder_(fitting_encoder(config, glyphs, device)),
      states_(encoder_, glyphs.captions(), cache_folder(config.data)),
      fixed_length_(padding_counts(config.network.unet)) {
  for (const std::string& caption : glyphs.captions()) rows_.push_back(states_.index(caption));
  states_.to(device);
}

TextStates TrainingCaptions::gather(const std::vector<std::int64_t>& captions, const std::vector<bool>& drop,
                                    std::int64_t first, std::int64_t count) const {
  std::vector<std::int64_t> rows;
  for (std::size_t k = 0; k < captions.size(); ++k)
    rows.push_back(drop[k] ? states_.null_index() : rows_[static_cast<std::size_t>(captions[k])]);
  const std::int64_t length = fixed_length_ ? encoder_.max_length() : (states_.longest(rows) + 7) / 8 * 8;
  return states_.gather({rows.begin() + first, rows.begin() + first + count}, length);
}

}  // namespace glyffuser

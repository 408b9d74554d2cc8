#pragma once
// glyffuser.json: what a model folder says beyond diffusers' own files.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace glyffuser {

/// The defaults are what a plain diffusers folder without a glyffuser.json means.
struct ModelInfo {
  std::int64_t patch_size = 1;  ///< pixel-unshuffle factor between images and the UNet's input
  std::int64_t image_size = 0;  ///< height and width in pixels; 0: sample_size · patch_size of the UNet
  double pixel_low = -1;        ///< the value of black
  double pixel_high = 1;        ///< the value of white
  bool conditional = true;      ///< whether it takes a prompt
  std::int64_t steps = 0;       ///< optimizer steps of its training
  std::int64_t samples = 0;     ///< glyphs seen
  std::string encoder_sha256;   ///< of text_encoder/encoder.pt; empty if unconditional
};

/// Defaults if the file is missing. Throws FileError: damaged, of a newer format, a value out of range.
ModelInfo read_model_info(const std::filesystem::path& file);

/// Another pixel range than the folder's own, which a plain diffusers folder cannot say: `range` is [black,
/// white], such as [0, 1]; empty leaves all as it is. Throws ConfigError for anything else.
void override_pixel_range(ModelInfo& info, const std::vector<std::int64_t>& range);

/// The content of a glyffuser.json, which read_model_info reads back.
std::string model_info_json(const ModelInfo& info);

}  // namespace glyffuser

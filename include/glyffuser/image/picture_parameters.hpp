#pragma once
// How a picture was made, as text inside its PNG: `parameters`, the one-line grammar of AUTOMATIC1111's
// stable-diffusion-webui (modules/infotext_utils.py) that image tools read, and `glyffuser`, the same as
// JSON.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/image/png.hpp"

namespace glyffuser {

struct PictureParameters {
  std::string prompt;           ///< UTF-8
  std::string negative_prompt;  ///< UTF-8; left out of `parameters` if empty
  std::int64_t steps = 0;
  std::string scheduler;         ///< "ddim"
  std::string timestep_spacing;  ///< "trailing"
  double eta = 0;                ///< of DDIM
  double guidance_scale = 1;     ///< 1: no guidance
  double guidance_rescale = 0;
  std::string precision;  ///< "fp32"
  std::uint64_t seed = 0;
  int width = 0;           ///< pixels
  int height = 0;          ///< pixels
  std::string model;       ///< its name
  std::string model_hash;  ///< model_hash() of its folder
  std::string noise;       ///< of the initial noise from a file: its SHA-256 and [row]; empty: from the seed
  /// Other settings that are not the usual ones, by name: {"strength", "0.6"}.
  std::vector<std::pair<std::string, std::string>> other = {};
};

/// "gold; metal\nNegative prompt: …\nSteps: 50, Sampler: ddim, CFG scale: 3, Seed: 1, Size: 128x128, Model
/// hash: 0123456789, Model: x"
std::string parameters_line(const PictureParameters& parameters);

/// One JSON object with the struct's fields under their names: two pictures are the same exactly if these
/// are. Throws ConfigError if a text is not UTF-8.
std::string parameters_json(const PictureParameters& parameters);

/// Both, as chunks for encode_png. Throws like parameters_json.
PngText picture_text(const PictureParameters& parameters);

}  // namespace glyffuser

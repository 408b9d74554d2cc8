#pragma once
// The keys of the `sample` section: what to draw, how, and where to.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"

namespace glyffuser {

struct SampleConfig {
  std::string model;                 ///< model folder; empty: the bundled one
  std::string text_encoder;          ///< folder with text_encoder/ and tokenizer/; empty: the model's own
  std::vector<std::string> prompts;  ///< UTF-8
  std::string prompts_file;          ///< one prompt a line, after those in `prompts`
  std::string negative_prompt;       ///< what guidance leads away from; empty: from the text-free prediction
  std::int64_t num_images = 16;      ///< pictures per prompt, with seeds seed … seed + num_images - 1
  std::int64_t seed = 0;
  std::string seeds;                       ///< "0-63,70": a list instead of seed and num_images
  std::vector<std::int64_t> steps = {50};  ///< each picture is drawn once per number of steps
  std::string scheduler = "ddim";
  double eta = 0;  ///< of ddim
  std::string timestep_spacing = "trailing";
  double guidance_scale = 3;  ///< 1: off
  double guidance_rescale = 0;
  std::string precision = "fp32";
  std::int64_t batch_size = 16;
  std::string out;   ///< a folder, or FILE.png for one picture or grid; empty: samples/<prompt>
  std::string grid;  ///< a labelled grid in this file; empty: grid.png in the folder
  bool overwrite = false;
  std::string noise;  ///< safetensors file with `noise` [N, 1, H, W], the initial noise
  std::string raw;    ///< safetensors file for `images` [N, 1, H, W], -1 … 1, not clamped
};

void describe(config::Fields& fields, SampleConfig& config);

/// The seeds of each prompt's pictures: "0-63,70" as numbers, or seed … seed + num_images - 1. Throws
/// ConfigError for text that is not such a list.
std::vector<std::uint64_t> seed_list(const SampleConfig& config);

/// `prompts` and the lines of `prompts_file` that are not empty. Throws ConfigError if the file cannot be
/// read, holds no prompt or is not UTF-8.
std::vector<std::string> prompt_list(const SampleConfig& config);

}  // namespace glyffuser

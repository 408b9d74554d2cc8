#pragma once
// The keys of the `sample` section: what to draw, how, and where to.

#include <cstdint>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/sample/seeds.hpp"

namespace glyffuser {

/// What each line of a prompts file can say for itself.
struct RequestSettings {
  std::string negative_prompt;   ///< what guidance leads away from; empty: from the text-free prediction
  std::int64_t num_images = 16;  ///< pictures per prompt, with seeds seed … seed + num_images - 1
  std::int64_t seed = 0;
  std::string seeds;                       ///< "0-63,70": a list instead of seed and num_images
  std::vector<std::int64_t> steps = {50};  ///< each picture is drawn once per number of steps
  double guidance_scale = 3;               ///< 1: off
};

void describe(config::Fields& fields, RequestSettings& settings);

/// The seeds of a prompt's pictures. Throws ConfigError for `seeds` that are no list.
SeedList seed_list(const RequestSettings& settings);

struct SampleConfig {
  std::string model;         ///< model folder; empty: the bundled one
  std::string text_encoder;  ///< folder with text_encoder/ and tokenizer/; empty: the model's own
  std::vector<std::int64_t> pixel_range;  ///< [black, white] of a model that does not say it; empty: its own
  std::vector<std::string> prompts;       ///< UTF-8
  std::string prompts_file;  ///< requests after `prompts`, see sample/requests.hpp; "-": see serve.hpp
  RequestSettings request;   ///< its keys stand beside the others
  std::string scheduler = "ddim";
  double eta = 0;  ///< of ddim
  std::string timestep_spacing = "trailing";
  double guidance_rescale = 0;
  std::string precision = "fp32";
  std::int64_t batch_size = 16;
  std::string out;    ///< a folder, or FILE.png for one picture or grid; empty: samples/<prompt>
  std::string grid;   ///< a labelled grid in this file; empty: grid.png in the folder
  std::string shard;  ///< "i/n": only the i-th, from 0, of n parts of the job; empty: all of it
  bool overwrite = false;
  bool json = false;               ///< results as JSON instead of paths
  std::string preview;             ///< a picture of the current state in this file; empty: none
  std::int64_t preview_every = 5;  ///< steps
  std::string noise;               ///< safetensors file with `noise` [N, 1, H, W], the initial noise
  std::string raw;                 ///< safetensors file for `images` [N, 1, H, W], -1 … 1, not clamped
};

void describe(config::Fields& fields, SampleConfig& config);

/// The i-th, from 0, of `count` parts of a job.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
};

/// Throws ConfigError for text that is not empty or "i/n" with i < n.
Shard parse_shard(const std::string& text);

}  // namespace glyffuser

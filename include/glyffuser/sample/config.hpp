#pragma once
// The keys of the `sample` section: what to draw, how, and where to.

#include <cstdint>
#include <filesystem>
#include <optional>
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
  std::string scheduler;     ///< a name of make_scheduler; empty: the model's own
  double eta = 0;            ///< of ddim
  std::optional<std::int64_t> solver_order;  ///< of the DPM-Solvers; null here and below: as the model says
  std::optional<std::string> solver_type;    ///< midpoint | heun
  std::optional<std::string> final_sigmas_type;  ///< zero | sigma_min
  std::optional<bool> use_karras_sigmas;
  std::optional<std::string> beta_schedule;    ///< instead of the one the model was trained with
  std::optional<std::string> prediction_type;  ///< likewise
  std::string timestep_spacing = "trailing";
  double guidance_rescale = 0;
  std::string precision = "fp32";  ///< fp32 | bf16 | auto
  std::int64_t batch_size = 16;
  std::string out;                 ///< a folder, or FILE.png for one picture or grid; empty: samples/<prompt>
  std::string grid;                ///< a labelled grid in this file; empty: grid.png in the folder
  std::string init;                ///< a character or a picture file to draw from; empty: from noise alone
  std::optional<double> strength;  ///< 0 … 1, how much of it is drawn anew; null: 0.8, or 1 with `keep`
  std::string keep;                ///< left | right | top | bottom | a mask file: what of `init` stays
  std::int64_t keep_repeats = 1;  ///< RePaint's repeated steps: 3 fits the rest better, in 2.5 times the time
  std::string animation;          ///< the way from noise to pictures in this .webp or .gif; empty: none
  bool nearest = false;           ///< which real glyph each picture resembles
  bool svg = false;               ///< outlines beside the pictures
  std::int64_t real_glyphs = 0;   ///< so many real glyphs of the prompt's meaning in each row of the grid
  std::string shard;              ///< "i/n": only the i-th, from 0, of n parts of the job; empty: all of it
  bool overwrite = false;
  bool json = false;               ///< results as JSON instead of paths
  std::string preview;             ///< a picture of the current state in this file; empty: none
  std::int64_t preview_every = 5;  ///< evaluations of the network
  std::string noise;               ///< safetensors file with `noise` [N, 1, H, W], the initial noise
  std::string raw;                 ///< safetensors file for `images` [N, 1, H, W], -1 … 1, not clamped

  /// Whether each picture's own way to its end is needed, which no file holds.
  bool must_draw() const { return !raw.empty() || !animation.empty(); }
};

void describe(config::Fields& fields, SampleConfig& config);

/// The configured model's folder, or the bundled one's. Throws FileError as data_folder.
std::filesystem::path model_folder(const SampleConfig& config);

/// Whether `out` names one picture, "….png" in any case, and not a folder.
bool is_one_picture(const SampleConfig& config);

/// The i-th, from 0, of `count` parts of a job.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
};

/// Throws ConfigError for text that is not empty or "i/n" with i < n.
Shard parse_shard(const std::string& text);

}  // namespace glyffuser

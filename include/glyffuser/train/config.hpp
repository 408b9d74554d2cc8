#pragma once
// The keys of a training run's `train` section.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"

namespace glyffuser {

/// AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101) under PyTorch's names.
struct AdamWConfig {
  double learning_rate = 5e-4;
  double weight_decay = 0.01;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// Exponential moving average of the weights with diffusers' warm-up: at update n its decay is
/// 1 - (1 + (n - 1) / inv_gamma)^-power, at most `decay`.
struct EmaConfig {
  double decay = 0.9999;
  double inv_gamma = 1.0;
  double power = 0.75;
};

/// Pictures drawn during training, always from the same prompts and seeds.
struct PreviewConfig {
  Period every = 2000;  ///< 0: never
  std::vector<std::string> prompts = {"gold", "water",    "tree",    "bird",
                                      "fish", "to speak", "illness", "volcano"};
  std::int64_t images = 6;  ///< per prompt, seeds 0 … images-1
  std::int64_t steps = 25;
  double guidance_scale = 3.0;
};

struct TrainConfig {
  std::optional<std::string> init_from;  ///< model folder whose weights a new run begins with; null: random
  std::optional<std::int64_t> steps;     ///< optimizer steps; either this
  std::optional<double> epochs;          ///< or passes over the training glyphs
  std::int64_t batch_size = 64;          ///< glyphs per optimizer step
  std::optional<std::int64_t>
      micro_batch;  ///< glyphs per forward pass; gradients accumulate up to batch_size
  AdamWConfig optimizer;
  std::int64_t warmup_steps = 500;
  std::string lr_schedule = "cosine";  ///< after the warm-up: cosine (to 0) | constant
  double max_grad_norm = 1.0;          ///< 0: no clipping
  std::string precision =
      "fp32";               ///< fp32 | bf16 | auto: bf16 where the device has its instructions, else fp32
  bool cuda_graphs = true;  ///< on a GPU: each step is recorded once and replayed (whole_steps.hpp)
  bool gradient_checkpointing = false;  ///< a block's inside is computed again in the backward pass, not kept
  /// Time steps t are drawn so that t / T = s·u / (1 + (s - 1)·u), u uniform in 0 … 1 and s this (Esser et
  /// al. 2024, arXiv 2403.03206, section 5.3.2): below 1 more of them have weak noise, 1 is uniform. Above 0.
  double timestep_shift = 1;
  /// With it they are drawn so that logit(t / T) is normal with the mean log s and this deviation, most of
  /// them around the middle (ibid., section 3.1, "logit-normal"); null: as above. Above 0.
  std::optional<double> timestep_logit_std;
  double caption_dropout = 0.1;  ///< share of samples trained with the empty caption, for guidance
  EmaConfig ema;
  PreviewConfig preview;
  Period log_every = 20;
  Period checkpoint_every = 1000;
  std::int64_t keep_checkpoints = 2;
  Period validate_every = 2000;  ///< 0: never
  std::int64_t validation_glyphs = 256;
  bool keep_best = false;  ///< best/: a model folder of the averaged weights with the lowest validation loss
  std::optional<double> max_minutes;  ///< wall time after which to save and leave; null: no limit
  double max_loss_factor = 100;  ///< a loss or gradient norm this far above the usual is bad (divergence.hpp)
  std::int64_t max_bad_steps = 10;  ///< bad steps in a row, skipped, before the run gives up
};

void describe(config::Fields& fields, AdamWConfig& config);
void describe(config::Fields& fields, EmaConfig& config);
void describe(config::Fields& fields, PreviewConfig& config);
void describe(config::Fields& fields, TrainConfig& config);

/// Throws ConfigError: neither or both of steps and epochs, too many epochs, batch_size not a multiple of
/// micro_batch, keep_best without validation, max_loss_factor above 0 but not above 1.
void validate(const TrainConfig& config);

/// Optimizer steps of one epoch, not rounded.
double steps_per_epoch(const TrainConfig& config, std::int64_t training_glyphs);

/// Sentences to warn with: what of the configuration has no effect in a run of `total` steps.
std::vector<std::string> settings_without_effect(const TrainConfig& config, std::int64_t total,
                                                 std::int64_t training_glyphs);

/// Optimizer steps of the whole run for a data set of this many training glyphs.
std::int64_t total_steps(const TrainConfig& config, std::int64_t training_glyphs);

}  // namespace glyffuser

#pragma once
// Everything that defines a training run, as one YAML document describes it.

#include <cstdint>
#include <string>

#include "glyffuser/config/fields.hpp"
#include "glyffuser/config/tree.hpp"
#include "glyffuser/data/data_config.hpp"
#include "glyffuser/diffusion/loss.hpp"
#include "glyffuser/diffusion/scheduler_config.hpp"
#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/nn/unet_config.hpp"
#include "glyffuser/train/config.hpp"

namespace glyffuser {

/// The `unet` section: diffusers' keys, and how images become its input.
struct NetworkConfig {
  std::int64_t patch_size = 1;  ///< pixel-unshuffle factor p: the UNet sees [B, p², H/p, W/p]
  UNetConfig unet;
};

struct OutputConfig {
  std::string dir;                  ///< the run's folder
  std::string weights = "float32";  ///< of model/: float32 | float16
};

struct RunConfig {
  std::int64_t seed = 0;
  OutputConfig output;
  DataConfig data;
  TextEncoderConfig text_encoder;
  NetworkConfig network;
  SchedulerConfig scheduler;
  LossConfig loss;
  TrainConfig train;
};

void describe(config::Fields& fields, NetworkConfig& config);
void describe(config::Fields& fields, OutputConfig& config);
void describe(config::Fields& fields, RunConfig& config);

/// Fills what follows from other keys (the UNet's channels and size from image and patch size) and checks
/// what the sections must agree on. Throws ConfigError.
void resolve(RunConfig& config);

/// The dotted keys in which two resolved documents differ, with both values, leaving out those that do not
/// change what is learned (how often to log, save, preview; paths of caches) and those that `now` leaves open
/// (`auto`).
std::vector<std::string> differing_keys(const config::Node& before, const config::Node& now);

}  // namespace glyffuser

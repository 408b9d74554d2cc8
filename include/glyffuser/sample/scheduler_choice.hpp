#pragma once
// The scheduler a model is sampled with: its own, read from its folder, but for what the configuration says.

#include <string>
#include <utility>
#include <vector>

#include "glyffuser/diffusion/scheduler_config.hpp"
#include "glyffuser/sample/config.hpp"

namespace glyffuser {

struct SchedulerChoice {
  std::string name;        ///< a short name of make_scheduler
  SchedulerConfig config;  ///< `trained` with the configuration's changes
  /// Which of them are not the usual ones, by key, for the picture's parameters.
  std::vector<std::pair<std::string, std::string>> settings;
};

/// Warns where the noise schedule or what the network predicts is another than in training, and says where
/// the spacing of steps is another than the folder's. Throws ConfigError for an unknown scheduler, for a
/// setting that the chosen one does not look at, and for beta_schedule where the folder has trained_betas.
SchedulerChoice choose_scheduler(const SampleConfig& config, const SchedulerConfig& trained);

}  // namespace glyffuser

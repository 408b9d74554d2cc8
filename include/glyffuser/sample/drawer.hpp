#pragma once
// Draws batches of pictures with a model that is loaded once.

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "glyffuser/data/data_config.hpp"
#include "glyffuser/image/picture_parameters.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/sample/given.hpp"
#include "glyffuser/sample/picture_batches.hpp"
#include "glyffuser/sample/prompt_states.hpp"
#include "glyffuser/sample/scheduler_choice.hpp"

namespace glyffuser {

class Drawer {
 public:
  /// Loads model and text encoder; `data` says which font draws the character of `config.init`. `config` must
  /// outlive this object. Throws ConfigError and FileError.
  Drawer(const SampleConfig& config, const DataConfig& data, const torch::Device& device);

  const Model& model() const { return model_; }

  /// The scheduler for so many steps; while a batch is drawn its state is that batch's, and cleared
  /// afterwards. Throws ConfigError if it cannot take so many.
  Scheduler& scheduler(std::int64_t steps);
  /// How often the network will be asked for a batch of so many steps. Throws ConfigError as `scheduler`, and
  /// for a keep_repeats that has no effect.
  std::uint64_t evaluations(std::int64_t steps);

  /// Initial noise from a file instead of the seeds: `noise` [count, 1, H, W]. Throws FileError.
  void read_noise(const std::filesystem::path& file, std::uint64_t count);

  /// Float32 [N, 1, H, W] on the CPU for the N pictures of the batch, -1 black … 1 white, not clamped. The
  /// network's batch has batch.size pictures, whatever N: what is missing is filled up with the last one.
  /// Throws RunError if values are not finite.
  torch::Tensor draw(const PictureBatch& batch, const SamplingCallback& callback);

  /// Everything that decides what the picture looks like.
  PictureParameters parameters(const Picture& picture) const;

 private:
  Conditioning conditioning(const std::vector<const Picture*>& rows);
  torch::Tensor initial_noise(const std::vector<const Picture*>& rows, ImageGenerators& generators) const;

  const SampleConfig& config_;
  Model model_;
  SchedulerChoice choice_;
  Given given_;
  std::optional<PromptStates> prompts_;
  PictureParameters common_;  // what all pictures share
  torch::Tensor noise_;
  std::map<std::int64_t, std::unique_ptr<Scheduler>> schedulers_;  // by steps
};

}  // namespace glyffuser

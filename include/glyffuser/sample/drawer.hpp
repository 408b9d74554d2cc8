#pragma once
// Draws batches of pictures with a model that is loaded once.

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "glyffuser/image/picture_parameters.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/sample/picture_batches.hpp"
#include "glyffuser/sample/prompt_states.hpp"

namespace glyffuser {

class Drawer {
 public:
  /// Loads model and text encoder. `config` must outlive this object. Throws ConfigError and FileError.
  Drawer(const SampleConfig& config, const torch::Device& device);

  const Model& model() const { return model_; }

  /// Throws ConfigError if the scheduler cannot take so many steps.
  void check_steps(std::int64_t steps) { scheduler(steps); }

  /// Initial noise from a file instead of the seeds: `noise` [count, 1, H, W]. Throws FileError.
  void read_noise(const std::filesystem::path& file, std::uint64_t count);

  /// Float32 [N, 1, H, W] on the CPU for the N pictures of the batch, -1 black … 1 white, not clamped. The
  /// network's batch has batch.size pictures, whatever N: what is missing is filled up with the last one.
  torch::Tensor draw(const PictureBatch& batch, const SamplingCallback& callback);

  /// Everything that decides what the picture looks like.
  PictureParameters parameters(const Picture& picture) const;

 private:
  Scheduler& scheduler(std::int64_t steps);
  Conditioning conditioning(const std::vector<const Picture*>& rows);
  torch::Tensor initial_noise(const std::vector<const Picture*>& rows, ImageGenerators& generators) const;

  const SampleConfig& config_;
  Model model_;
  std::optional<PromptStates> prompts_;
  PictureParameters common_;  // what all pictures share
  torch::Tensor noise_;
  std::map<std::int64_t, std::unique_ptr<Scheduler>> schedulers_;  // by steps
};

}  // namespace glyffuser

#pragma once
// One optimizer step at a time: draws each sample's time step, noise and caption dropout from its own seed,
// runs forward and backward in micro-batches, clips, updates the weights and their average.

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "glyffuser/data/batches.hpp"
#include "glyffuser/diffusion/loss.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/train/checkpoint.hpp"
#include "glyffuser/train/communicator.hpp"
#include "glyffuser/train/ema.hpp"
#include "glyffuser/train/optimizer.hpp"
#include "glyffuser/train/run_config.hpp"
#include "glyffuser/train/stop.hpp"
#include "glyffuser/train/training_captions.hpp"
#include "glyffuser/train/whole_steps.hpp"
#include "glyffuser/train/working_network.hpp"

namespace glyffuser {

/// How draw_samples draws.
struct DrawSettings {
  std::int64_t num_train_timesteps = 1000;  ///< T
  double timestep_shift = 1;                ///< these as TrainConfig's
  std::optional<double> timestep_logit_std = std::nullopt;
  double caption_dropout = 0;
  bool page_locked = false;  ///< the noise is on its way to a GPU
};

/// What is random about a batch, each row from its sample's seed alone.
struct SampleDraws {
  torch::Tensor timesteps;         ///< int64 [B], in 0 … T-1
  torch::Tensor noise;             ///< standard normal [B, 1, S, S]
  std::vector<bool> drop_caption;  ///< B
};

/// For a batch of seeds.size() pictures of S = image_size pixels.
SampleDraws draw_samples(const std::vector<std::uint64_t>& seeds, std::int64_t image_size,
                         const DrawSettings& settings);

/// All that a step takes in; on a GPU its images, time steps and noise are there already.
struct PreparedBatch {
  Batch batch;
  SampleDraws draws;
};

struct TrainStep {
  double loss = 0;       ///< mean over the batch of all ranks
  double grad_norm = 0;  ///< before clipping
  double learning_rate = 0;
  bool skipped = false;    ///< a bad step (divergence.hpp): nothing was updated
  Stop stop = Stop::none;  ///< the gravest that any rank was told
};

class Trainer {
 public:
  /// `captions` is null for an unconditional model; it and `ranks` must outlive the trainer. Throws
  /// ConfigError if train.precision is still open (`auto`, tensor/device.hpp).
  Trainer(const RunConfig& config, const TrainingCaptions* captions, std::int64_t total_steps,
          const torch::Device& device, const Communicator& ranks = Communicator::alone());

  /// What the step will need beside the batch itself. May run on another thread while a step is under way.
  PreparedBatch prepare(Batch batch) const;

  /// Trains on one batch, of which each rank has an equal share. `stop`: what this rank was told; all ranks
  /// learn of it. Throws RunError after train.max_bad_steps bad steps in a row.
  TrainStep step(const PreparedBatch& prepared, Stop stop = Stop::none);
  TrainStep step(const Batch& batch, Stop stop = Stop::none) { return step(prepare(batch), stop); }

  /// From now on the device decides on its own whether a step is good (WholeSteps), as on a GPU from the
  /// beginning if it can. For one rank that takes its batches whole.
  void take_whole_steps();

  /// Loss of every sample, float32 [B] on the CPU, without gradient or any dropout, for validation.
  torch::Tensor losses(const Batch& batch, const SampleDraws& draws);

  /// Without the environment, which the trainer does not know.
  Checkpoint checkpoint() const;
  /// Throws FileError if the checkpoint is of another model.
  void load(const Checkpoint& checkpoint);

  const TrainState& state() const { return state_; }
  const Model& model() const { return model_; }
  Ema& ema() { return ema_; }

 private:
  StepInputs inputs(const Batch& batch, const SampleDraws& draws, std::int64_t first,
                    std::int64_t count) const;
  torch::Tensor losses_of(const StepInputs& inputs) const;
  void seed_dropout(std::uint64_t seed) const;
  bool can_take_whole_steps() const;
  void step_as_a_whole(const PreparedBatch& prepared, TrainStep& result);
  torch::Tensor whole_step(const StepInputs& inputs);
  void step_in_parts(const PreparedBatch& prepared, TrainStep& result);
  void add_up_ranks(TrainStep& result, std::vector<torch::Tensor>& gradients);
  /// Judges a step whose loss and gradient norm are known; true if its update counts. Throws RunError after
  /// too many bad ones.
  bool accept(TrainStep& result);

  TrainConfig config_;
  const TrainingCaptions* captions_;
  std::int64_t total_steps_;
  torch::Device device_;
  const Communicator& ranks_;
  Model model_;
  DiffusionLoss loss_;
  NamedParameters parameters_;
  WorkingNetwork working_;
  AdamW optimizer_;
  Ema ema_;
  SideStream copies_;  // where prepare() works
  std::unique_ptr<WholeSteps> whole_steps_;
  TrainState state_;
  bool stale_ = true;  // the working network has other weights than the model
};

}  // namespace glyffuser

#pragma once
// AdamW with what follows the weights, the learning-rate schedule, and gradient clipping.

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/train/config.hpp"
#include "glyffuser/train/named_tensors.hpp"

namespace glyffuser {

/// The learning rate of optimizer step `step` (0-based) of `total`: linear warm-up from lr / warmup_steps,
/// then half a cosine to 0, or constant.
double learning_rate_at(const TrainConfig& config, std::int64_t step, std::int64_t total);

/// What changes with the weights at every step. On a CPU all of it is done in one pass over memory.
struct Followers {
  std::vector<torch::Tensor> averages;  ///< of the weights (Ema), or empty
  double average_weight = 0;            ///< of the new weights in them
  std::vector<torch::Tensor> copies;    ///< of the weights in bfloat16 (WorkingNetwork), or empty
};

/// What one update depends on, as scalar tensors on the parameters' device: so that a recorded step can be
/// replayed with others.
struct UpdateNumbers {
  torch::Tensor scale;           ///< of the gradients: clipping
  torch::Tensor learning_rate;   ///< float32; on a CPU also float64
  torch::Tensor average_weight;  ///< as Followers::average_weight
  torch::Tensor skip;  ///< float32; 1: nothing at all is updated, whatever the gradients are; else 0
};

class AdamW {
 public:
  AdamW(const NamedParameters& parameters, const AdamWConfig& config);

  /// One update from `gradients`, one for each parameter, in any layout and any floating dtype (for float32
  /// weights on a CPU: float32 or bfloat16); they are multiplied by `scale`, a scalar tensor, first.
  void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& scale, double learning_rate,
            const Followers& followers = {});

  /// The same by lists of tensors, for any device: it never waits, and nothing but `numbers` and the values
  /// of tensors is read when a recording of it is replayed. followers.average_weight is not looked at.
  void step(const std::vector<torch::Tensor>& gradients, const UpdateNumbers& numbers,
            const Followers& followers);

  /// Moments and step count by "exp_avg.<name>", "exp_avg_sq.<name>" and "step"; tensors share memory.
  std::map<std::string, torch::Tensor> state() const;
  /// Takes what `state` gave. Throws as copy_by_name does.
  void load(const std::map<std::string, torch::Tensor>& state);

 private:
  void step_in_one_pass(const std::vector<torch::Tensor>& gradients, float scale, double learning_rate,
                        const Followers& followers);

  AdamWConfig config_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, exp_avg_, exp_avg_sq_;
  torch::Tensor step_;  // float32, as the fused kernel takes it; one tensor serves all parameters
};

/// The 2-norm of all gradients together, of which there must be one at least (on a CPU float32 and bfloat16
/// ones, or all float64): a float32 scalar on their device, reading which is what waits for it.
torch::Tensor gradient_norm(const std::vector<torch::Tensor>& gradients);

/// What scales gradients of this norm down to `max_norm`, as torch.nn.utils.clip_grad_norm_ does; 1 if they
/// are shorter, or max_norm is 0.
torch::Tensor clip_scale(const torch::Tensor& norm, double max_norm);

}  // namespace glyffuser

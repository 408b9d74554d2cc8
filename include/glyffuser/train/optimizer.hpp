#pragma once
// AdamW through LibTorch's fused kernel, the learning-rate schedule, and gradient clipping without a loop per
// parameter.

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "glyffuser/train/config.hpp"

namespace glyffuser {

/// Name and tensor of every trained parameter, in a fixed order.
using NamedParameters = std::vector<std::pair<std::string, torch::Tensor>>;

/// The learning rate of optimizer step `step` (0-based) of `total`: linear warm-up from lr / warmup_steps,
/// then half a cosine to 0, or constant.
double learning_rate_at(const TrainConfig& config, std::int64_t step, std::int64_t total);

class AdamW {
 public:
  AdamW(const NamedParameters& parameters, const AdamWConfig& config);

  /// One update from the parameters' gradients (all must have one).
  void step(double learning_rate);
  /// Forget all gradients.
  void zero_grad();

  /// Moments and step count by "exp_avg.<name>", "exp_avg_sq.<name>" and "step"; tensors share memory.
  std::map<std::string, torch::Tensor> state() const;
  /// Takes what `state` gave. Throws FileError naming the first tensor that is missing or of another shape.
  void load(const std::map<std::string, torch::Tensor>& state);

 private:
  AdamWConfig config_;
  std::vector<std::string> names_;
  std::vector<torch::Tensor> parameters_, exp_avg_, exp_avg_sq_;
  torch::Tensor step_;  // float32, as the fused kernel takes it; one tensor serves all parameters
};

/// The 2-norm of all gradients together, after scaling them down to `max_norm` (0: only measure). A device
/// scalar: reading it is what waits for the device.
torch::Tensor clip_grad_norm(const NamedParameters& parameters, double max_norm);

}  // namespace glyffuser

#pragma once
// The network that training runs forward and backward through. Weights, their moments and averages are
// float32; in bfloat16 the arithmetic is done with a copy of the weights, made anew after each update,
// instead of by converting them at every use as autocast does.

#include <torch/types.h>

#include <memory>
#include <vector>

#include "glyffuser/nn/unet.hpp"

namespace glyffuser {

class WorkingNetwork {
 public:
  /// In `dtype` kFloat the network itself, else a copy in that precision (set_dtype).
  WorkingNetwork(const std::shared_ptr<UNet>& network, torch::Dtype dtype);

  const UNet& unet() const { return *copy_; }

  /// Training mode, in which dropout acts, or not.
  void train(bool on) { copy_->train(on); }

  /// Takes over the network's present weights: call it when they have changed, but for an optimizer's step
  /// that was given the copies.
  void refresh();

  /// The copies of the parameters in their order; empty without a copy.
  std::vector<torch::Tensor> copies() const;

  /// Of all backward passes since the last call; forgets them.
  std::vector<torch::Tensor> take_gradients();

  /// After each of several backward passes of a step: adds what it gave to sums in float32, as those of many
  /// bfloat16 gradients would lose digits.
  void collect_gradients();

 private:
  bool is_copy() const { return copy_ != network_; }

  std::shared_ptr<UNet> network_, copy_;
  std::vector<torch::Tensor> weights_, copies_, sums_;
};

}  // namespace glyffuser

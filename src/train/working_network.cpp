#include "glyffuser/train/working_network.hpp"

#include <utility>

namespace glyffuser {
namespace {

/// Takes it away. Zero for a weight that nothing of the loss depends on.
torch::Tensor take_gradient(torch::Tensor& weight) {
  torch::Tensor gradient = std::exchange(weight.mutable_grad(), {});
  return gradient.defined() ? gradient : torch::zeros_like(weight);
}

}  // namespace

WorkingNetwork::WorkingNetwork(const std::shared_ptr<UNet>& network, torch::Dtype dtype)
    : network_(network),
      copy_(dtype == torch::kFloat ? network : copy_as(*network, dtype)),
      weights_(network->parameters()),
      copies_(copy_->parameters()) {}

void WorkingNetwork::refresh() {
  if (!is_copy()) return;
  const torch::NoGradGuard no_grad;
  at::_foreach_copy_(copies_, weights_);
}

std::vector<torch::Tensor> WorkingNetwork::copies() const {
  return is_copy() ? copies_ : std::vector<torch::Tensor>{};
}

std::vector<torch::Tensor> WorkingNetwork::take_gradients() {
  std::vector<torch::Tensor> gradients = std::exchange(sums_, {});
  if (!gradients.empty()) return gradients;
  for (torch::Tensor& copy : copies_) gradients.push_back(take_gradient(copy));
  return gradients;
}

void WorkingNetwork::collect_gradients() {
  const torch::NoGradGuard no_grad;
  const bool first = sums_.empty();
  for (std::size_t i = 0; i < copies_.size(); ++i) {
    const torch::Tensor gradient = take_gradient(copies_[i]);
    if (first)
      sums_.push_back(gradient.to(weights_[i].scalar_type()));
    else
      sums_[i].add_(gradient);
  }
}

}  // namespace glyffuser

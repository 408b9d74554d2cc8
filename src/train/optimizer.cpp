#include "glyffuser/train/optimizer.hpp"

#include <cmath>
#include <numbers>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

double learning_rate_at(const TrainConfig& config, std::int64_t step, std::int64_t total) {
  const double peak = config.optimizer.learning_rate;
  if (step < config.warmup_steps)
    return peak * static_cast<double>(step + 1) / static_cast<double>(config.warmup_steps);
  if (config.lr_schedule == "constant") return peak;
  const auto length = static_cast<double>(std::max<std::int64_t>(1, total - config.warmup_steps));
  const double progress = std::min(1.0, static_cast<double>(step - config.warmup_steps) / length);
  return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
}

AdamW::AdamW(const NamedParameters& parameters, const AdamWConfig& config) : config_(config) {
  for (const auto& [name, parameter] : parameters) {
    names_.push_back(name);
    parameters_.push_back(parameter);
    exp_avg_.push_back(torch::zeros_like(parameter));
    exp_avg_sq_.push_back(torch::zeros_like(parameter));
  }
  const auto device = parameters.empty() ? torch::Device(torch::kCPU) : parameters.front().second.device();
  step_ = torch::zeros({}, torch::TensorOptions().dtype(torch::kFloat32).device(device));
}

void AdamW::step(double learning_rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const torch::Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
  step_ += 1;
  at::_fused_adamw_(parameters_, gradients, exp_avg_, exp_avg_sq_, {},
                    std::vector<torch::Tensor>(parameters_.size(), step_), learning_rate, config_.beta1,
                    config_.beta2, config_.weight_decay, config_.epsilon, /*amsgrad=*/false,
                    /*maximize=*/false);
}

void AdamW::zero_grad() {
  for (torch::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

std::map<std::string, torch::Tensor> AdamW::state() const {
  std::map<std::string, torch::Tensor> state{{"step", step_}};
  for (std::size_t i = 0; i < names_.size(); ++i) {
    state["exp_avg." + names_[i]] = exp_avg_[i];
    state["exp_avg_sq." + names_[i]] = exp_avg_sq_[i];
  }
  return state;
}

void AdamW::load(const std::map<std::string, torch::Tensor>& state) {
  const torch::NoGradGuard no_grad;
  for (auto& [name, tensor] : this->state()) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != tensor.sizes())
      throw FileError(cat("optimizer state: `", name,
                          "` is missing or of another shape, expected the one of this model"));
    torch::Tensor(tensor).copy_(found->second);
  }
}

torch::Tensor clip_grad_norm(const NamedParameters& parameters, double max_norm) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  gradients.reserve(parameters.size());
  for (const auto& [name, parameter] : parameters) gradients.push_back(parameter.grad());
  const torch::Tensor norm = torch::stack(at::_foreach_norm(gradients, 2)).norm();
  if (max_norm > 0) at::_foreach_mul_(gradients, torch::clamp_max(max_norm / (norm + 1e-6), 1.0));
  return norm;
}

}  // namespace glyffuser

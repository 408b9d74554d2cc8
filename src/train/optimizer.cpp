#include "glyffuser/train/optimizer.hpp"

#include <ATen/Parallel.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "glyffuser/core/text.hpp"
#include "glyffuser/train/adamw_kernel.hpp"

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

namespace {

/// The values in the memory order of `parameter`, where every one of both has its place without gaps.
torch::Tensor laid_out_like(const torch::Tensor& gradient, const torch::Tensor& parameter) {
  const bool same =
      (gradient.is_contiguous() && parameter.is_contiguous()) || gradient.strides() == parameter.strides();
  if (same) return gradient;
  return torch::empty_like(parameter, gradient.options()).copy_(gradient);
}

/// Pieces for the threads, of a size that does not matter: every weight's step is its own.
template <class T>
void step_in_slices(const AdamWCoefficients& coefficients, const AdamWSlice& all, const T* gradient) {
  constexpr std::int64_t kGrain = 1 << 14;
  at::parallel_for(0, all.count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    const AdamWSlice part = {end - begin,
                             all.parameter + begin,
                             all.exp_avg + begin,
                             all.exp_avg_sq + begin,
                             all.average ? all.average + begin : nullptr,
                             all.working ? all.working + begin : nullptr};
    adamw_step(coefficients, part, gradient + begin);
  });
}

/// LibTorch's operations on lists are a few kernels only if all tensors of a list have one dtype: calls
/// body(part of first, part of second) for the parts of both lists in which that is so.
void by_dtype(
    const std::vector<torch::Tensor>& first, const std::vector<torch::Tensor>& second,
    const std::function<void(const std::vector<torch::Tensor>&, const std::vector<torch::Tensor>&)>& body) {
  std::map<std::pair<torch::ScalarType, torch::ScalarType>,
           std::pair<std::vector<torch::Tensor>, std::vector<torch::Tensor>>>
      parts;
  for (std::size_t i = 0; i < first.size(); ++i) {
    auto& [of_first, of_second] = parts[{first[i].scalar_type(), second[i].scalar_type()}];
    of_first.push_back(first[i]);
    of_second.push_back(second[i]);
  }
  for (const auto& [dtypes, part] : parts) body(part.first, part.second);
}

void copy_lists(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from) {
  by_dtype(to, from, [](const auto& some_to, const auto& some_from) {
    at::_foreach_copy_(some_to, some_from, /*non_blocking=*/true);
  });
}

double sum_of_squares(const torch::Tensor& gradient) {
  const torch::Tensor values = gradient.is_non_overlapping_and_dense() ? gradient : gradient.contiguous();
  if (values.scalar_type() == torch::kBFloat16)
    return glyffuser::sum_of_squares(values.const_data_ptr<c10::BFloat16>(), values.numel());
  return glyffuser::sum_of_squares(values.const_data_ptr<float>(), values.numel());
}

}  // namespace

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

void AdamW::step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& scale,
                 double learning_rate, const Followers& followers) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor& first = parameters_.front();
  if (first.is_cpu() && first.scalar_type() == torch::kFloat) {
    step_ += 1;
    return step_in_one_pass(gradients, scale.item<float>(), learning_rate, followers);
  }
  const auto number = [&](double value) { return torch::full({}, value, first.options()); };
  const torch::Tensor never = torch::zeros({}, first.options().dtype(torch::kFloat));
  step(gradients, {scale, number(learning_rate), number(followers.average_weight), never}, followers);
}

void AdamW::step_in_one_pass(const std::vector<torch::Tensor>& gradients, float scale, double learning_rate,
                             const Followers& followers) {
  const auto number = step_.item<double>();
  const AdamWCoefficients coefficients = {
      .gradient_scale = scale,
      .rest1 = static_cast<float>(1 - config_.beta1),
      .beta2 = static_cast<float>(config_.beta2),
      .rest2 = static_cast<float>(1 - config_.beta2),
      .epsilon = static_cast<float>(config_.epsilon),
      .decay = static_cast<float>(1 - learning_rate * config_.weight_decay),
      .step_size = static_cast<float>(learning_rate / (1 - std::pow(config_.beta1, number))),
      .inverse_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(config_.beta2, number))),
      .average_weight = static_cast<float>(followers.average_weight)};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const torch::Tensor gradient = laid_out_like(gradients[i], parameters_[i]);
    const bool copied = !followers.copies.empty() && followers.copies[i].scalar_type() == torch::kBFloat16;
    AdamWSlice all = {parameters_[i].numel(),
                      parameters_[i].data_ptr<float>(),
                      exp_avg_[i].data_ptr<float>(),
                      exp_avg_sq_[i].data_ptr<float>(),
                      followers.averages.empty() ? nullptr : followers.averages[i].data_ptr<float>(),
                      copied ? followers.copies[i].data_ptr<c10::BFloat16>() : nullptr};
    if (gradient.scalar_type() == torch::kBFloat16)
      step_in_slices(coefficients, all, gradient.const_data_ptr<c10::BFloat16>());
    else
      step_in_slices(coefficients, all, gradient.const_data_ptr<float>());
    if (!followers.copies.empty() && !copied) torch::Tensor(followers.copies[i]).copy_(parameters_[i]);
  }
}

void AdamW::step(const std::vector<torch::Tensor>& gradients, const UpdateNumbers& numbers,
                 const Followers& followers) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor keep = 1 - numbers.skip;
  step_ += keep;
  std::vector<torch::Tensor> scaled;
  for (const torch::Tensor& parameter : parameters_) scaled.push_back(torch::empty_like(parameter));
  copy_lists(scaled, gradients);
  at::_foreach_mul_(scaled, numbers.scale);
  at::_fused_adamw_(parameters_, scaled, exp_avg_, exp_avg_sq_, {},
                    std::vector<torch::Tensor>(parameters_.size(), step_), numbers.learning_rate,
                    config_.beta1, config_.beta2, config_.weight_decay, config_.epsilon, /*amsgrad=*/false,
                    /*maximize=*/false, /*grad_scale=*/{}, /*found_inf=*/numbers.skip);
  if (!followers.averages.empty()) {
    const auto differences = at::_foreach_sub(parameters_, followers.averages);
    at::_foreach_mul_(differences, numbers.average_weight * keep);
    at::_foreach_add_(followers.averages, differences);
  }
  if (!followers.copies.empty()) copy_lists(followers.copies, parameters_);
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
  copy_by_name(state, this->state(), "optimizer's moments");
}

torch::Tensor gradient_norm(const std::vector<torch::Tensor>& gradients) {
  const torch::NoGradGuard no_grad;
  if (!gradients.front().is_cpu()) {
    std::vector<torch::Tensor> norms;
    by_dtype(gradients, gradients, [&](const auto& some, const auto&) {
      for (const torch::Tensor& norm : at::_foreach_norm(some, 2, torch::kFloat)) norms.push_back(norm);
    });
    return torch::stack(norms).norm();
  }
  if (gradients.front().scalar_type() == torch::kDouble)
    return torch::stack(at::_foreach_norm(gradients)).norm().to(torch::kFloat);
  std::vector<double> sums(gradients.size());
  at::parallel_for(
      0, static_cast<std::int64_t>(gradients.size()), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
          sums[static_cast<std::size_t>(i)] = sum_of_squares(gradients[static_cast<std::size_t>(i)]);
      });
  return torch::tensor(std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0)), torch::kFloat);
}

torch::Tensor clip_scale(const torch::Tensor& norm, double max_norm) {
  const torch::NoGradGuard no_grad;
  return max_norm > 0 ? torch::clamp_max(max_norm / (norm + 1e-6), 1.0) : torch::ones_like(norm);
}

}  // namespace glyffuser

#include "glyffuser/nn/onednn.hpp"

#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace glyffuser::nn {
namespace {

using c10::IValue;
using torch::Tensor;

/// One of LibTorch's operators that its C++ interface does not declare; nothing in a build without oneDNN.
std::optional<c10::OperatorHandle> find_operator(const char* name) {
  return c10::Dispatcher::singleton().findSchema({name, ""});
}

Tensor call(const c10::OperatorHandle& op, std::vector<IValue> arguments) {
  op.callBoxed(&arguments);
  return arguments.front().toTensor();
}

IValue or_none(const Tensor& tensor) {
  return tensor.defined() ? IValue(tensor) : IValue();
}

/// The last three arguments of a product that is followed by no activation.
const std::vector<IValue>& no_activation() {
  static const std::vector<IValue> arguments = {"none", c10::List<std::optional<at::Scalar>>(), IValue()};
  return arguments;
}

bool needs_gradient(std::initializer_list<Tensor> inputs) {
  const auto asks = [](const Tensor& input) { return input.defined() && input.requires_grad(); };
  return torch::GradMode::is_enabled() && std::any_of(inputs.begin(), inputs.end(), asks);
}

bool has_oneDNN() {
  return at::globalContext().hasMKLDNN() && at::globalContext().userEnabledMkldnn();
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto op = find_operator("mkldnn::_linear_pointwise");
  static const bool has_bfloat16 =
      pack_convolution(torch::ones({16, 16, 1, 1}, torch::kBFloat16), 1, 0, {1, 16, 1, 1}).defined();
  const auto type = x.scalar_type();
  const bool known = type == torch::kFloat || (type == torch::kBFloat16 && has_bfloat16);
  if (!op || !has_oneDNN() || !x.is_cpu() || !known || x.numel() == 0 || needs_gradient({x, weight, bias}))
    return torch::linear(x, weight, bias);
  std::vector<IValue> arguments = {x, weight, or_none(bias)};
  arguments.insert(arguments.end(), no_activation().begin(), no_activation().end());
  return call(*op, std::move(arguments));
}

Tensor pack_convolution(const Tensor& weight, std::int64_t stride, std::int64_t padding,
                        torch::IntArrayRef input_sizes) {
  static const auto op = find_operator("mkldnn::_reorder_convolution_weight");
  const auto type = weight.scalar_type();
  if (!op || !has_oneDNN() || !weight.is_cpu() || (type != torch::kFloat && type != torch::kBFloat16))
    return {};
  const torch::NoGradGuard no_grad;
  const auto both = [](std::int64_t value) { return c10::List<std::int64_t>({value, value}); };
  try {
    return call(*op, {weight.detach(), both(padding), both(stride), both(1), 1, input_sizes});
  } catch (const c10::Error&) {
    return {};  // bfloat16 on a processor without its instructions
  }
}

Tensor convolve_packed(const Tensor& x, const Tensor& packed, const Tensor& bias, std::int64_t stride,
                       std::int64_t padding) {
  static const auto op = find_operator("mkldnn::_convolution_pointwise");
  const auto both = [](std::int64_t value) { return c10::List<std::int64_t>({value, value}); };
  std::vector<IValue> arguments = {x, packed, or_none(bias), both(padding), both(stride), both(1), 1};
  arguments.insert(arguments.end(), no_activation().begin(), no_activation().end());
  return call(*op, std::move(arguments));
}

}  // namespace glyffuser::nn

#include "glyffuser/nn/layers.hpp"

#include <cmath>

#include "glyffuser/nn/winograd.hpp"

namespace glyffuser::nn {
namespace {

/// kaiming_uniform_ with a = sqrt(5) on the weight, and the bias within the same bound: 1 / sqrt(fan_in).
void reset_kaiming(Tensor& weight, Tensor& bias, const torch::Generator& generator) {
  const torch::NoGradGuard no_grad;
  const auto fan_in = static_cast<double>(weight.numel() / weight.size(0));
  const double bound = 1 / std::sqrt(fan_in);
  weight.uniform_(-bound, bound, generator);
  if (bias.defined()) bias.uniform_(-bound, bound, generator);
}

void reset_affine(Tensor& weight, Tensor& bias) {
  const torch::NoGradGuard no_grad;
  weight.fill_(1);
  bias.zero_();
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, bool with_bias) {
  weight = register_parameter("weight", torch::empty({out, in}));
  if (with_bias) bias = register_parameter("bias", torch::empty({out}));
}

void Linear::reset(torch::Generator generator) {
  reset_kaiming(weight, bias, generator);
}

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
               std::int64_t padding)
    : stride_(stride), padding_(padding) {
  weight = register_parameter("weight", torch::empty({out, in, kernel, kernel}));
  bias = register_parameter("bias", torch::empty({out}));
}

Tensor Conv2d::forward(const Tensor& x) const {
  const bool winograd = takes_winograd(x, weight, stride_, padding_);
  if (packs_ && !torch::GradMode::is_enabled()) {
    pack_for(x, winograd);
    if (winograd) return winograd_convolve(x, packed_, bias);
    if (packed_.defined()) return convolve_packed(x, packed_, bias, stride_, padding_);
  }
  return winograd ? winograd_conv2d(x, weight, bias) : torch::conv2d(x, weight, bias, stride_, padding_);
}

void Conv2d::pack_for(const Tensor& x, bool winograd) const {
  if (x.sizes() == packed_sizes_) return;
  packed_ = winograd ? winograd_weight(weight) : pack_convolution(weight, stride_, padding_, x.sizes());
  packed_sizes_ = x.sizes().vec();
}

void Conv2d::pack() {
  unpack();
  packs_ = true;
}

void Conv2d::unpack() {
  packs_ = false;
  packed_ = Tensor();
  packed_sizes_.clear();
}

void Conv2d::reset(torch::Generator generator) {
  reset_kaiming(weight, bias, generator);
}

GroupNorm::GroupNorm(std::int64_t groups, std::int64_t channels, double eps) : groups_(groups), eps_(eps) {
  weight = register_parameter("weight", torch::empty({channels}));
  bias = register_parameter("bias", torch::empty({channels}));
}

void GroupNorm::reset(torch::Generator) {
  reset_affine(weight, bias);
}

LayerNorm::LayerNorm(std::int64_t width) {
  weight = register_parameter("weight", torch::empty({width}));
  bias = register_parameter("bias", torch::empty({width}));
}

Tensor LayerNorm::forward(const Tensor& x) const {
  // Only the CPU's kernel takes float32 weights beside bfloat16 values.
  const auto dtype = x.is_cpu() ? weight.scalar_type() : x.scalar_type();
  return torch::layer_norm(x, weight.sizes(), weight.to(dtype), bias.to(dtype));
}

void LayerNorm::reset(torch::Generator) {
  reset_affine(weight, bias);
}

}  // namespace glyffuser::nn

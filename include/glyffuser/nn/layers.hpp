#pragma once
// The four parametrised layers. LibTorch's own draw their initial weights from the global generator as soon
// as they are made; these stay empty until weights are loaded or `reset` draws them from a given generator.

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "glyffuser/nn/functional.hpp"
#include "glyffuser/nn/onednn.hpp"

namespace glyffuser::nn {

using torch::Tensor;

/// A module with parameters of its own.
struct Layer : torch::nn::Module {
  /// PyTorch's default initial values, in place.
  virtual void reset(torch::Generator generator) = 0;
  virtual bool is_norm() const { return false; }
  /// Keeps the weights also as the device's kernels want them, for passes without a gradient; to be called
  /// again, or undone by `unpack`, when they have changed. The passes themselves make them, so that no two
  /// threads may run one at once.
  virtual void pack() {}
  virtual void unpack() {}
};

/// y = x W^T + b over the last dimension.
struct Linear final : Layer {
  Linear(std::int64_t in, std::int64_t out, bool with_bias = true);
  Tensor forward(const Tensor& x) const { return linear(x, weight, bias); }
  void reset(torch::Generator generator) override;

  Tensor weight;  ///< [out, in]
  Tensor bias;    ///< [out], undefined without bias
};

/// Convolution with a square kernel over [B, C, H, W].
struct Conv2d final : Layer {
  Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
         std::int64_t padding = 0);
  Tensor forward(const Tensor& x) const;
  Tensor without_bias(const Tensor& x) const { return torch::conv2d(x, weight, {}, stride_, padding_); }
  /// The same for a kernel of 1 and a feature map as tokens [B, H W, in] -> [B, H W, out].
  Tensor over_tokens(const Tensor& tokens) const { return linear(tokens, weight.flatten(1), bias); }
  void reset(torch::Generator generator) override;
  void pack() override;
  void unpack() override;

  Tensor weight;  ///< [out, in, kernel, kernel]
  Tensor bias;    ///< [out]

 private:
  std::int64_t stride_;
  std::int64_t padding_;

  /// Packs the weight for inputs of x's sizes, once until another size comes.
  void pack_for(const Tensor& x, bool winograd) const;

  bool packs_ = false;
  mutable Tensor packed_;  // undefined where there is no such thing
  mutable std::vector<std::int64_t> packed_sizes_;
};

/// nn::group_norm with weights; those of norms stay float32 whatever the precision of the rest.
struct GroupNorm final : Layer {
  GroupNorm(std::int64_t groups, std::int64_t channels, double eps);
  Tensor forward(const Tensor& x, Activation activation = Activation::none, const Tensor& shift = {}) const {
    return group_norm(x, shift, weight, bias, groups_, eps_, activation);
  }
  void reset(torch::Generator generator) override;
  bool is_norm() const override { return true; }

  Tensor weight;  ///< [channels]
  Tensor bias;    ///< [channels]

 private:
  std::int64_t groups_;
  double eps_;
};

/// Over the last dimension, eps 1e-5.
struct LayerNorm final : Layer {
  explicit LayerNorm(std::int64_t width);
  Tensor forward(const Tensor& x) const;
  void reset(torch::Generator generator) override;
  bool is_norm() const override { return true; }

  Tensor weight;  ///< [width]
  Tensor bias;    ///< [width]
};

/// Makes a child and registers it under its name.
template <class Child, class... Args>
std::shared_ptr<Child> child(torch::nn::Module& parent, const std::string& name, Args&&... args) {
  return parent.register_module(name, std::make_shared<Child>(std::forward<Args>(args)...));
}

}  // namespace glyffuser::nn

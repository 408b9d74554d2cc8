#pragma once
// Residual block and the changes of resolution (diffusers models/resnet.py, downsampling.py, upsampling.py).
// Feature maps are [B, C, H, W] and keep the memory format of the input.

#include "glyffuser/nn/layers.hpp"

namespace glyffuser::nn {

struct ResnetOptions {
  std::int64_t time_embed_dim;
  std::int64_t norm_groups;
  double norm_eps;
  double dropout;
  bool
      scale_shift;  ///< the time scales and shifts the second norm's output, instead of being added before it
  double scale_factor = 1;  ///< the result is divided by it
};

struct ResnetBlock2D final : torch::nn::Module {
  ResnetBlock2D(std::int64_t in, std::int64_t out, const ResnetOptions& options);
  /// x [B, in, H, W], time [B, time_embed_dim] *after* its SiLU, or [1, ...] for all -> [B, out, H, W].
  Tensor forward(const Tensor& x, const Tensor& time) const;

 private:
  /// conv1 and norm2, with the time between or after them; `time` [B, out], or twice as wide.
  Tensor normal_with_time(const Tensor& x, const Tensor& time, bool biases_along) const;

  bool scale_shift_;
  double dropout_;
  double scale_factor_;
  std::shared_ptr<GroupNorm> norm1_;
  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<Linear> time_emb_proj_;
  std::shared_ptr<GroupNorm> norm2_;
  std::shared_ptr<Conv2d> conv2_;
  std::shared_ptr<Conv2d> conv_shortcut_;  // null where in == out
};

/// 3x3 convolution of stride 2; padding 0 pads the right and the lower edge only.
struct Downsample2D final : torch::nn::Module {
  Downsample2D(std::int64_t channels, std::int64_t padding);
  Tensor forward(const Tensor& x) const;

 private:
  std::int64_t padding_;
  std::shared_ptr<Conv2d> conv_;
};

/// Nearest neighbours, then a 3x3 convolution.
struct Upsample2D final : torch::nn::Module {
  explicit Upsample2D(std::int64_t channels);
  /// `size`: height and width of the result.
  Tensor forward(const Tensor& x, torch::IntArrayRef size) const;

 private:
  std::shared_ptr<Conv2d> conv_;
};

}  // namespace glyffuser::nn

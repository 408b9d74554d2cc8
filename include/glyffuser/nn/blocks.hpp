#pragma once
// The blocks of a UNet's two sides and its middle (diffusers models/unets/unet_2d_blocks.py). Plain,
// attention and cross-attention blocks differ only in what follows each residual block.

#include <torch/nn/modules/container/modulelist.h>

#include <vector>

#include "glyffuser/nn/attention.hpp"
#include "glyffuser/nn/resnet.hpp"
#include "glyffuser/nn/unet_config.hpp"

namespace glyffuser::nn {

/// Residual blocks, each followed by an attention in all but plain blocks.
class Stage : public torch::nn::Module {
 public:
  /// Each pair's inside is computed again in the backward pass instead of being kept (nn/recompute).
  void recompute_in_backward(bool on) { recomputes_ = on; }

 protected:
  Stage(const UNetConfig& config, std::int64_t level) : config_(config), level_(level) {}

  void add_resnet(std::int64_t in, std::int64_t out, double scale_factor = 1);
  /// By the block's type: CrossAttn…, Attn…, or none for any other.
  void add_attention_of(const std::string& block_type, std::int64_t channels);
  template <class Attention>
  void add_attention(const std::shared_ptr<Attention>& attention) {
    attentions_.push_back(attention);
    attention_list_->push_back(attention);
  }
  void register_lists();

  /// Residual block i and its attention if there is one, on the channels of x and, if defined, `skip`.
  Tensor pair(std::size_t i, const Tensor& x, const Tensor& skip, const Tensor& time,
              const TextContext& text) const;

  const UNetConfig config_;
  const std::int64_t level_;
  std::vector<std::shared_ptr<ResnetBlock2D>> resnets_;
  std::vector<std::shared_ptr<SpatialAttention>> attentions_;  // as many as resnets_, or none

 private:
  bool recomputes_ = false;
  torch::nn::ModuleList resnet_list_, attention_list_;
};

/// DownBlock2D, AttnDownBlock2D, CrossAttnDownBlock2D.
class DownBlock final : public Stage {
 public:
  DownBlock(const UNetConfig& config, std::int64_t level);
  /// Appends every intermediate result to `skips`, which the other side takes from.
  Tensor forward(Tensor x, const Tensor& time, const TextContext& text, std::vector<Tensor>& skips) const;

 private:
  std::shared_ptr<Downsample2D> downsampler_;  // null on the last level
};

/// UNetMidBlock2D, UNetMidBlock2DCrossAttn.
class MidBlock final : public Stage {
 public:
  explicit MidBlock(const UNetConfig& config);
  Tensor forward(Tensor x, const Tensor& time, const TextContext& text) const;
};

/// UpBlock2D, AttnUpBlock2D, CrossAttnUpBlock2D.
class UpBlock final : public Stage {
 public:
  /// `position` counts from the lowest resolution, as `up_block_types` does.
  UpBlock(const UNetConfig& config, std::int64_t position);
  /// Takes one of `skips` from its end for each residual block.
  Tensor forward(Tensor x, const Tensor& time, const TextContext& text, std::vector<Tensor>& skips) const;

 private:
  std::shared_ptr<Upsample2D> upsampler_;  // null on the last block
};

}  // namespace glyffuser::nn

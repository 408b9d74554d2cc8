#pragma once
// The transformer beside a residual block of a cross-attention block (diffusers Transformer2DModel and
// BasicTransformerBlock).

#include <functional>

#include "glyffuser/nn/attention.hpp"

namespace glyffuser::nn {

struct TransformerOptions {
  std::int64_t channels;
  std::int64_t heads;
  std::int64_t text_width;  ///< cross_attention_dim
  std::int64_t layers;
  std::int64_t norm_groups;
  bool linear_projection;  ///< proj_in and proj_out are Linear instead of 1x1 convolutions
  bool
      only_cross_attention;  ///< the first attention looks at the text too, without its mask, as in diffusers
};

/// GEGLU (Shazeer 2020) to 4 x width, then back: [B, L, width] -> [B, L, width].
struct FeedForward final : torch::nn::Module {
  explicit FeedForward(std::int64_t width);
  Tensor forward(const Tensor& tokens) const;

 private:
  std::shared_ptr<Linear> proj_, out_;
};

/// Self-attention, attention to the text, feed-forward, each after a layer norm and added to its input.
struct BasicTransformerBlock final : torch::nn::Module {
  explicit BasicTransformerBlock(const TransformerOptions& options);
  Tensor forward(Tensor tokens, const TextContext& text) const;

 private:
  bool only_cross_attention_;
  std::shared_ptr<LayerNorm> norm1_;
  std::shared_ptr<Attention> attn1_;
  std::shared_ptr<LayerNorm> norm2_;
  std::shared_ptr<Attention> attn2_;
  std::shared_ptr<LayerNorm> norm3_;
  std::shared_ptr<FeedForward> ff_;
};

/// Group norm, projection, blocks over the pixels as tokens, projection, residual.
struct Transformer2D final : torch::nn::Module, SpatialAttention {
  explicit Transformer2D(const TransformerOptions& options);
  Tensor forward(const Tensor& x, const TextContext& text) override;

 private:
  std::function<Tensor(const Tensor&tokens)> proj_in_, proj_out_;
  std::shared_ptr<GroupNorm> norm_;
  std::vector<std::shared_ptr<BasicTransformerBlock>> blocks_;
};

}  // namespace glyffuser::nn

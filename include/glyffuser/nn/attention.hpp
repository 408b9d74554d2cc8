#pragma once
// Multi-head attention (diffusers models/attention_processor.py) on tokens [B, L, C].

#include <map>
#include <optional>

#include "glyffuser/nn/layers.hpp"

namespace glyffuser::nn {

/// softmax(Q K^T / sqrt(C / heads) + bias) V, head by head: q [B, L, C], k and v [B, S, C] -> [B, L, C].
/// bias [B, 1, S] is added to every row of scores; undefined: none.
///
/// scaled_dot_product_attention; but plain products for training in bfloat16 on a CPU, where its backward is
/// slow (in float32 it is the faster one both ways).
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads, const Tensor& bias);

struct Attention;

/// What an attention makes of the sequence that it looks at, each [B, S, C].
struct KeysAndValues {
  Tensor keys, values;
};

/// The text that cross-attention looks at.
struct TextContext {
  Tensor states;  ///< [B, S, D]; undefined in an unconditional model
  Tensor bias;    ///< [B, 1, S]: 0 on tokens, -10000 on padding as in diffusers; undefined: all are tokens
  /// Where each attention keeps its keys and values from the first use for later ones, which have the same
  /// weights: the time steps of a drawing. Null: they are made at every use.
  std::shared_ptr<std::map<const Attention*, KeysAndValues>> kept;
};

/// Attention over a feature map [B, C, H, W] -> the same shape; one per residual block.
struct SpatialAttention {
  virtual ~SpatialAttention() = default;
  virtual Tensor forward(const Tensor& x, const TextContext& text) = 0;
};

/// The projections of one attention; `context_width` is the width of what keys and values come from.
struct Attention : torch::nn::Module {
  Attention(std::int64_t width, std::int64_t context_width, std::int64_t heads, bool with_bias);
  /// tokens [B, L, width], context [B, S, context_width] -> [B, L, width].
  Tensor attend_to(const Tensor& tokens, const Tensor& context) const;
  Tensor attend_to(const Tensor& tokens, const TextContext& text) const;

 private:
  KeysAndValues keys_and_values(const Tensor& context) const;
  Tensor attend_with(const Tensor& tokens, const KeysAndValues& context, const Tensor& bias) const;

  std::int64_t heads_;
  std::shared_ptr<Linear> to_q_, to_k_, to_v_, to_out_;
};

/// UNet2DModel's self-attention: group norm, attention, residual. `groups` empty: no norm.
struct AttentionBlock final : Attention, SpatialAttention {
  AttentionBlock(std::int64_t channels, std::int64_t heads, std::optional<std::int64_t> groups, double eps,
                 double scale_factor);
  Tensor forward(const Tensor& x, const TextContext& text) override;

 private:
  double scale_factor_;
  std::shared_ptr<GroupNorm> group_norm_;
};

/// [B, C, H, W] -> contiguous tokens [B, H W, C]; no copy if x is channels_last.
Tensor to_tokens(const Tensor& x);

/// x + the tokens [B, H W, C] as a feature map, in x's shape and memory format.
Tensor add_tokens(const Tensor& x, const Tensor& tokens);

}  // namespace glyffuser::nn

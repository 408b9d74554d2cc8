#pragma once
// What joins the features as one vector per image: the time step and, where the model has it, the pooled text
// (diffusers models/embeddings.py).

#include "glyffuser/nn/layers.hpp"

namespace glyffuser::nn {

/// Sinusoids of the time steps [B], whole or fractional -> float32 [B, width] (DDPM appendix B; diffusers
/// get_timestep_embedding with max_period 10000). `flip` puts the cosines first.
Tensor timestep_embedding(const Tensor& timesteps, std::int64_t width, bool flip, std::int64_t freq_shift);

/// Linear, SiLU, Linear: [B, in] -> [B, out].
struct TimestepEmbedding final : torch::nn::Module {
  TimestepEmbedding(std::int64_t in, std::int64_t out);
  Tensor forward(const Tensor& x) const;

 private:
  std::shared_ptr<Linear> linear_1_, linear_2_;
};

/// Attention of the mean token, plus a learned vector, over itself and all tokens: [B, L, width] -> [B,
/// width] (DeepFloyd IF). It has no mask: padding takes part.
struct AttentionPooling final : Layer {
  AttentionPooling(std::int64_t heads, std::int64_t width);
  Tensor forward(const Tensor& tokens) const;
  void reset(torch::Generator generator) override;

 private:
  std::int64_t heads_;
  Tensor positional_embedding_;  // [1, width]
  std::shared_ptr<Linear> k_proj_, q_proj_, v_proj_;
};

/// `addition_embed_type: text`: norm, pool, project, norm: [B, L, width] -> [B, time_embed_dim].
struct TextTimeEmbedding final : torch::nn::Module {
  TextTimeEmbedding(std::int64_t width, std::int64_t time_embed_dim, std::int64_t heads);
  Tensor forward(const Tensor& tokens) const;

 private:
  std::shared_ptr<LayerNorm> norm1_;
  std::shared_ptr<AttentionPooling> pool_;
  std::shared_ptr<Linear> proj_;
  std::shared_ptr<LayerNorm> norm2_;
};

}  // namespace glyffuser::nn

#include "glyffuser/nn/embeddings.hpp"

#include <cmath>

#include "glyffuser/nn/attention.hpp"

namespace glyffuser::nn {

Tensor timestep_embedding(const Tensor& timesteps, std::int64_t width, bool flip, std::int64_t freq_shift) {
  const std::int64_t half = width / 2;
  const auto options = torch::TensorOptions().dtype(torch::kFloat).device(timesteps.device());
  const Tensor exponent =
      torch::arange(half, options) * -std::log(10000.0) / static_cast<double>(half - freq_shift);
  const Tensor angles = timesteps.to(torch::kFloat).unsqueeze(1) * exponent.exp().unsqueeze(0);
  const Tensor sines = angles.sin();
  const Tensor cosines = angles.cos();
  const Tensor embedding = torch::cat(flip ? std::vector{cosines, sines} : std::vector{sines, cosines}, 1);
  return width % 2 == 0 ? embedding : torch::constant_pad_nd(embedding, {0, 1});
}

TimestepEmbedding::TimestepEmbedding(std::int64_t in, std::int64_t out)
    : linear_1_(child<Linear>(*this, "linear_1", in, out)),
      linear_2_(child<Linear>(*this, "linear_2", out, out)) {}

Tensor TimestepEmbedding::forward(const Tensor& x) const {
  return linear_2_->forward(torch::silu(linear_1_->forward(x)));
}

AttentionPooling::AttentionPooling(std::int64_t heads, std::int64_t width)
    : heads_(heads),
      positional_embedding_(register_parameter("positional_embedding", torch::empty({1, width}))),
      k_proj_(child<Linear>(*this, "k_proj", width, width)),
      q_proj_(child<Linear>(*this, "q_proj", width, width)),
      v_proj_(child<Linear>(*this, "v_proj", width, width)) {}

Tensor AttentionPooling::forward(const Tensor& tokens) const {
  const Tensor query = tokens.mean(1, true) + positional_embedding_;
  const Tensor keys = torch::cat({query, tokens}, 1);
  return attend(q_proj_->forward(query), k_proj_->forward(keys), v_proj_->forward(keys), heads_, {})
      .squeeze(1);
}

void AttentionPooling::reset(torch::Generator generator) {
  const torch::NoGradGuard no_grad;
  positional_embedding_.normal_(0, 1 / std::sqrt(static_cast<double>(positional_embedding_.size(1))),
                                generator);
}

TextTimeEmbedding::TextTimeEmbedding(std::int64_t width, std::int64_t time_embed_dim, std::int64_t heads)
    : norm1_(child<LayerNorm>(*this, "norm1", width)),
      pool_(child<AttentionPooling>(*this, "pool", heads, width)),
      proj_(child<Linear>(*this, "proj", width, time_embed_dim)),
      norm2_(child<LayerNorm>(*this, "norm2", time_embed_dim)) {}

Tensor TextTimeEmbedding::forward(const Tensor& tokens) const {
  return norm2_->forward(proj_->forward(pool_->forward(norm1_->forward(tokens))));
}

}  // namespace glyffuser::nn

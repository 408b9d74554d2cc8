#include "glyffuser/nn/attention.hpp"

#include <cmath>

namespace glyffuser::nn {
namespace {

Tensor attend_fused(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads,
                    const Tensor& bias) {
  const auto split = [&](const Tensor& x) {
    return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2);
  };
  std::optional<Tensor> mask;
  if (bias.defined()) mask = bias.unsqueeze(1).to(q.scalar_type());
  return at::scaled_dot_product_attention(split(q), split(k), split(v), mask).transpose(1, 2).flatten(2);
}

Tensor attend_per_head(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads,
                       const Tensor& bias) {
  const std::int64_t width = q.size(2) / heads;
  const double scale = 1 / std::sqrt(static_cast<double>(width));
  const auto queries = q.split(width, 2), keys = k.split(width, 2), values = v.split(width, 2);
  const Tensor added = bias.defined() ? bias.to(q.scalar_type()) : q.new_zeros({1});
  const int beta = bias.defined() ? 1 : 0;
  std::vector<Tensor> results(queries.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Tensor scores = torch::baddbmm(added, queries[i], keys[i].transpose(1, 2), beta, scale);
    results[i] = torch::bmm(scores.softmax(2), values[i]);
  }
  return torch::cat(results, 2);
}

}  // namespace

Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads, const Tensor& bias) {
  const bool trains =
      torch::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad());
  if (trains && q.is_cpu() && q.scalar_type() != torch::kFloat) return attend_per_head(q, k, v, heads, bias);
  return attend_fused(q, k, v, heads, bias);
}

Attention::Attention(std::int64_t width, std::int64_t context_width, std::int64_t heads, bool with_bias)
    : heads_(heads),
      to_q_(child<Linear>(*this, "to_q", width, width, with_bias)),
      to_k_(child<Linear>(*this, "to_k", context_width, width, with_bias)),
      to_v_(child<Linear>(*this, "to_v", context_width, width, with_bias)),
      to_out_(std::make_shared<Linear>(width, width)) {
  // A list in diffusers: the projection is its item 0, a dropout that is always off its item 1.
  register_module("to_out", torch::nn::ModuleList(to_out_));
}

Tensor Attention::attend_to(const Tensor& tokens, const Tensor& context, const Tensor& bias) const {
  const Tensor q = to_q_->forward(tokens), k = to_k_->forward(context), v = to_v_->forward(context);
  return to_out_->forward(attend(q, k, v, heads_, bias));
}

AttentionBlock::AttentionBlock(std::int64_t channels, std::int64_t heads, std::optional<std::int64_t> groups,
                               double eps, double scale_factor)
    : Attention(channels, channels, heads, true), scale_factor_(scale_factor) {
  if (groups) group_norm_ = child<GroupNorm>(*this, "group_norm", *groups, channels, eps);
}

Tensor AttentionBlock::forward(const Tensor& x, const TextContext&) {
  const Tensor tokens = to_tokens(group_norm_ ? group_norm_->forward(x) : x);
  const Tensor sum = add_tokens(x, attend_to(tokens, tokens, {}));
  return scale_factor_ == 1 ? sum : sum / scale_factor_;
}

Tensor to_tokens(const Tensor& x) {
  return x.flatten(2).transpose(1, 2).contiguous();
}

Tensor add_tokens(const Tensor& x, const Tensor& tokens) {
  return x + tokens.transpose(1, 2).view(x.sizes());
}

}  // namespace glyffuser::nn

#include "glyffuser/nn/attention.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/modules/container/modulelist.h>

#include <cmath>
#include <optional>
#include <vector>

#include "glyffuser/nn/branches.hpp"
#include "glyffuser/nn/kernels.hpp"

namespace glyffuser::nn {
namespace {

/// Scores of a head up to which plain products are faster in bfloat16 also without a gradient.
constexpr std::int64_t kFewScores = 1 << 16;

Tensor attend_fused(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads,
                    const Tensor& bias) {
  const auto split = [&](const Tensor& x) {
    return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2);
  };
  std::optional<Tensor> mask;
  if (bias.defined()) mask = bias.unsqueeze(1).to(q.scalar_type());
  return at::scaled_dot_product_attention(split(q), split(k), split(v), mask).transpose(1, 2).flatten(2);
}

/// [B, L, heads · d] -> contiguous [B · heads, L, d].
Tensor by_head(const Tensor& x, std::int64_t heads) {
  return x.unflatten(2, {heads, x.size(2) / heads}).transpose(1, 2).contiguous().flatten(0, 1);
}

/// The way back.
Tensor join_heads(const Tensor& x, std::int64_t heads) {
  return x.unflatten(0, {x.size(0) / heads, heads}).transpose(1, 2).flatten(2);
}

/// Plain products over all heads at once, with the softmax and its gradient as one pass each.
struct AttendFunction : torch::autograd::Function<AttendFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& q, const Tensor& k,
                        const Tensor& v, std::int64_t heads, const std::optional<Tensor>& bias) {
    const Tensor queries = by_head(q, heads), keys = by_head(k, heads), values = by_head(v, heads);
    const Tensor p = torch::bmm(queries, keys.transpose(1, 2));
    const Tensor added = bias ? bias->to(torch::kFloat).contiguous() : Tensor();
    softmax_(p, heads, scale_of(queries), added);
    context->save_for_backward({queries, keys, values, p});
    context->saved_data["heads"] = heads;
    return join_heads(torch::bmm(p, values), heads);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &queries = saved[0], &keys = saved[1], &values = saved[2], &p = saved[3];
    const std::int64_t heads = context->saved_data["heads"].toInt();
    const Tensor dy = by_head(gradients[0], heads);
    const Tensor dv = torch::bmm(p.transpose(1, 2), dy);
    const Tensor ds = torch::bmm(dy, values.transpose(1, 2));
    softmax_gradient_(ds, p, scale_of(queries));
    return {join_heads(torch::bmm(ds, keys), heads),
            join_heads(torch::bmm(ds.transpose(1, 2), queries), heads),
            join_heads(dv, heads),
            {},
            {}};
  }

 private:
  static float scale_of(const Tensor& queries) { return 1 / std::sqrt(static_cast<float>(queries.size(2))); }

  static void softmax_(const Tensor& scores, std::int64_t heads, float scale, const Tensor& bias) {
    const std::int64_t rows = scores.size(1), width = scores.size(2);
    auto* values = scores.data_ptr<c10::BFloat16>();
    at::parallel_for(0, scores.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> scratch(static_cast<std::size_t>(width));
      for (std::int64_t i = begin; i < end; ++i) {
        const float* added = bias.defined() ? bias.const_data_ptr<float>() + i / heads * width : nullptr;
        kernels::softmax(values + i * rows * width, rows, width, scale, added, scratch.data());
      }
    });
  }

  static void softmax_gradient_(const Tensor& ds, const Tensor& p, float scale) {
    const std::int64_t rows = ds.size(1), width = ds.size(2);
    auto* gradient = ds.data_ptr<c10::BFloat16>();
    const auto* values = p.const_data_ptr<c10::BFloat16>();
    at::parallel_for(0, ds.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t at = begin * rows * width;
      kernels::softmax_gradient(gradient + at, values + at, (end - begin) * rows, width, scale);
    });
  }
};

}  // namespace

Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads, const Tensor& bias) {
  const bool trains =
      torch::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad());
  const bool few = q.size(1) * k.size(1) <= kFewScores;
  if ((trains || few) && q.is_cpu() && q.scalar_type() == torch::kBFloat16)
    return AttendFunction::apply(q, k, v, heads, bias.defined() ? std::optional(bias) : std::nullopt);
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

KeysAndValues Attention::keys_and_values(const Tensor& context) const {
  return {to_k_->forward(context), to_v_->forward(context)};
}

Tensor Attention::attend_with(const Tensor& tokens, const KeysAndValues& context, const Tensor& bias) const {
  const Tensor q = for_branches(to_q_->forward(tokens), context.keys.size(0));
  return to_out_->forward(attend(q, context.keys, context.values, heads_, bias));
}

Tensor Attention::attend_to(const Tensor& tokens, const Tensor& context) const {
  return attend_with(tokens, keys_and_values(context), {});
}

Tensor Attention::attend_to(const Tensor& tokens, const TextContext& text) const {
  if (!text.kept) return attend_with(tokens, keys_and_values(text.states), text.bias);
  const auto [place, is_new] = text.kept->try_emplace(this);
  if (is_new) place->second = keys_and_values(text.states);
  return attend_with(tokens, place->second, text.bias);
}

AttentionBlock::AttentionBlock(std::int64_t channels, std::int64_t heads, std::optional<std::int64_t> groups,
                               double eps, double scale_factor)
    : Attention(channels, channels, heads, true), scale_factor_(scale_factor) {
  if (groups) group_norm_ = child<GroupNorm>(*this, "group_norm", *groups, channels, eps);
}

Tensor AttentionBlock::forward(const Tensor& x, const TextContext&) {
  const Tensor tokens = to_tokens(group_norm_ ? group_norm_->forward(x) : x);
  const Tensor sum = add_tokens(x, attend_to(tokens, tokens));
  return scale_factor_ == 1 ? sum : sum / scale_factor_;
}

Tensor to_tokens(const Tensor& x) {
  return x.flatten(2).transpose(1, 2).contiguous();
}

Tensor add_tokens(const Tensor& x, const Tensor& tokens) {
  return x + tokens.transpose(1, 2).view(x.sizes());
}

}  // namespace glyffuser::nn

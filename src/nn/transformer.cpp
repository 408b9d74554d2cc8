#include "glyffuser/nn/transformer.hpp"

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>

#include "glyffuser/nn/branches.hpp"

namespace glyffuser::nn {
namespace {

constexpr double kNormEps = 1e-6;  // fixed in diffusers, whatever norm_eps is

/// GEGLU's projection, which diffusers keeps in a module of its own.
struct Geglu final : torch::nn::Module {
  explicit Geglu(std::int64_t width) : proj(child<Linear>(*this, "proj", width, 8 * width)) {}
  std::shared_ptr<Linear> proj;
};

}  // namespace

FeedForward::FeedForward(std::int64_t width) : out_(std::make_shared<Linear>(4 * width, width)) {
  const auto geglu = std::make_shared<Geglu>(width);
  proj_ = geglu->proj;
  register_module("net",
                  torch::nn::ModuleList(geglu, torch::nn::Identity(), out_));  // item 1: an unused dropout
}

Tensor FeedForward::forward(const Tensor& tokens) const {
  return out_->forward(geglu(proj_->forward(tokens)));
}

BasicTransformerBlock::BasicTransformerBlock(const TransformerOptions& o)
    : only_cross_attention_(o.only_cross_attention),
      norm1_(child<LayerNorm>(*this, "norm1", o.channels)),
      attn1_(child<Attention>(*this, "attn1", o.channels, o.only_cross_attention ? o.text_width : o.channels,
                              o.heads, false)),
      norm2_(child<LayerNorm>(*this, "norm2", o.channels)),
      attn2_(child<Attention>(*this, "attn2", o.channels, o.text_width, o.heads, false)),
      norm3_(child<LayerNorm>(*this, "norm3", o.channels)),
      ff_(child<FeedForward>(*this, "ff", o.channels)) {}

Tensor BasicTransformerBlock::forward(Tensor tokens, const TextContext& text) const {
  // Either attention may be to more texts than there are images.
  const auto add = [&](const Tensor& attended) {
    tokens = for_branches(tokens, attended.size(0)) + attended;
  };
  const Tensor normed = norm1_->forward(tokens);
  add(only_cross_attention_ ? attn1_->attend_to(normed, {text.states, {}, text.kept})
                            : attn1_->attend_to(normed, normed));
  add(attn2_->attend_to(norm2_->forward(tokens), text));
  return tokens + ff_->forward(norm3_->forward(tokens));
}

Transformer2D::Transformer2D(const TransformerOptions& o)
    : norm_(child<GroupNorm>(*this, "norm", o.norm_groups, o.channels, kNormEps)) {
  // A 1x1 convolution is a Linear over the pixels; only the shape of its weight differs.
  const auto projection = [&](const char* name) -> std::function<Tensor(const Tensor&)> {
    if (o.linear_projection) {
      return [layer = child<Linear>(*this, name, o.channels, o.channels)](const Tensor& tokens) {
        return layer->forward(tokens);
      };
    }
    return [layer = child<Conv2d>(*this, name, o.channels, o.channels, 1)](const Tensor& tokens) {
      return layer->over_tokens(tokens);
    };
  };
  proj_in_ = projection("proj_in");
  torch::nn::ModuleList list;
  for (std::int64_t i = 0; i < o.layers; ++i) {
    blocks_.push_back(std::make_shared<BasicTransformerBlock>(o));
    list->push_back(blocks_.back());
  }
  register_module("transformer_blocks", list);
  proj_out_ = projection("proj_out");
}

Tensor Transformer2D::forward(const Tensor& x, const TextContext& text) {
  Tensor tokens = proj_in_(to_tokens(norm_->forward(x)));
  for (const auto& block : blocks_) tokens = block->forward(tokens, text);
  return add_tokens(for_branches(x, tokens.size(0)), proj_out_(tokens));
}

}  // namespace glyffuser::nn

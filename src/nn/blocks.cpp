#include "glyffuser/nn/blocks.hpp"

#include <algorithm>

#include "glyffuser/nn/branches.hpp"
#include "glyffuser/nn/recompute.hpp"
#include "glyffuser/nn/transformer.hpp"

namespace glyffuser::nn {
namespace {

std::int64_t channels_at(const UNetConfig& config, std::int64_t level) {
  return config.block_out_channels.at(static_cast<std::size_t>(level));
}

TransformerOptions transformer_options(const UNetConfig& config, std::int64_t level, std::int64_t channels) {
  return {.channels = channels,
          .heads = config.heads(level),
          .text_width = config.cross_attention_dim,
          .layers = config.transformer_layers_per_block,
          .norm_groups = config.norm_num_groups,
          .linear_projection = config.use_linear_projection,
          .only_cross_attention = config.only_cross_attention};
}

}  // namespace

void Stage::add_resnet(std::int64_t in, std::int64_t out, double scale_factor) {
  const ResnetOptions options{.time_embed_dim = config_.time_embed_dim(),
                              .norm_groups = config_.norm_num_groups,
                              .norm_eps = config_.norm_eps,
                              .dropout = config_.dropout,
                              .scale_shift = config_.resnet_time_scale_shift == "scale_shift",
                              .scale_factor = scale_factor};
  resnets_.push_back(std::make_shared<ResnetBlock2D>(in, out, options));
  resnet_list_->push_back(resnets_.back());
}

void Stage::add_attention_of(const std::string& block_type, std::int64_t channels) {
  if (block_type.starts_with("CrossAttn")) {
    add_attention(std::make_shared<Transformer2D>(transformer_options(config_, level_, channels)));
  } else if (block_type.starts_with("Attn")) {
    add_attention(std::make_shared<AttentionBlock>(channels, config_.heads(level_), config_.norm_num_groups,
                                                   config_.norm_eps, 1));
  }
}

void Stage::register_lists() {
  if (!attentions_.empty()) register_module("attentions", attention_list_);
  register_module("resnets", resnet_list_);
}

Tensor Stage::pair(std::size_t i, const Tensor& x, const Tensor& skip, const Tensor& time,
                   const TextContext& text) const {
  const auto body = [this, i, kept = text.kept](const std::vector<Tensor>& in) {
    Tensor h = in[0];
    if (in[1].defined()) h = torch::cat({h, for_branches(in[1], h.size(0))}, 1);
    h = resnets_[i]->forward(h, in[2]);
    return i < attentions_.size() ? attentions_[i]->forward(h, {in[3], in[4], kept}) : h;
  };
  const std::vector<Tensor> inputs = {x, skip, time, text.states, text.bias};
  return recomputes_ ? recompute(body, inputs) : body(inputs);
}

DownBlock::DownBlock(const UNetConfig& config, std::int64_t level) : Stage(config, level) {
  const std::int64_t in = channels_at(config, std::max<std::int64_t>(level - 1, 0));
  const std::int64_t out = channels_at(config, level);
  for (std::int64_t i = 0; i < config.layers_per_block; ++i) {
    add_resnet(i == 0 ? in : out, out);
    add_attention_of(config.down_block_types.at(static_cast<std::size_t>(level)), out);
  }
  register_lists();
  if (level + 1 == config.levels()) return;
  downsampler_ = std::make_shared<Downsample2D>(out, config.downsample_padding);
  register_module("downsamplers", torch::nn::ModuleList(downsampler_));
}

Tensor DownBlock::forward(Tensor x, const Tensor& time, const TextContext& text,
                          std::vector<Tensor>& skips) const {
  for (std::size_t i = 0; i < resnets_.size(); ++i) {
    x = pair(i, x, {}, time, text);
    skips.push_back(x);
  }
  if (downsampler_) {
    x = downsampler_->forward(x);
    skips.push_back(x);
  }
  return x;
}

MidBlock::MidBlock(const UNetConfig& config) : Stage(config, config.levels() - 1) {
  const std::int64_t channels = channels_at(config, level_);
  const double scale_factor = config.mid_block_scale_factor;
  add_resnet(channels, channels, scale_factor);
  if (config.mid_block_type == "UNetMidBlock2DCrossAttn") {
    TransformerOptions options = transformer_options(config, level_, channels);
    options.only_cross_attention = false;  // diffusers does not hand it to the middle block
    add_attention(std::make_shared<Transformer2D>(options));
  } else if (!config.is_conditional() && config.add_attention) {
    auto groups = config.attn_norm_num_groups;
    if (!groups && config.resnet_time_scale_shift == "default") groups = config.norm_num_groups;
    add_attention(std::make_shared<AttentionBlock>(channels, config.heads(level_), groups, config.norm_eps,
                                                   scale_factor));
  }
  // diffusers' plain middle of a UNet2DConditionModel is this one residual block.
  if (!attentions_.empty() || !config.is_conditional()) add_resnet(channels, channels, scale_factor);
  register_lists();
}

Tensor MidBlock::forward(Tensor x, const Tensor& time, const TextContext& text) const {
  for (std::size_t i = 0; i < resnets_.size(); ++i) x = pair(i, x, {}, time, text);
  return x;
}

UpBlock::UpBlock(const UNetConfig& config, std::int64_t position)
    : Stage(config, config.levels() - 1 - position) {
  const std::int64_t below = channels_at(config, std::min(level_ + 1, config.levels() - 1));
  const std::int64_t above = channels_at(config, std::max<std::int64_t>(level_ - 1, 0));
  const std::int64_t out = channels_at(config, level_);
  for (std::int64_t i = 0; i <= config.layers_per_block; ++i) {
    const std::int64_t skip = i == config.layers_per_block ? above : out;
    add_resnet((i == 0 ? below : out) + skip, out);
    add_attention_of(config.up_block_types.at(static_cast<std::size_t>(position)), out);
  }
  register_lists();
  if (level_ == 0) return;
  upsampler_ = std::make_shared<Upsample2D>(out);
  register_module("upsamplers", torch::nn::ModuleList(upsampler_));
}

Tensor UpBlock::forward(Tensor x, const Tensor& time, const TextContext& text,
                        std::vector<Tensor>& skips) const {
  for (std::size_t i = 0; i < resnets_.size(); ++i) {
    x = pair(i, x, skips.back(), time, text);
    skips.pop_back();
  }
  return upsampler_ ? upsampler_->forward(x, skips.back().sizes().slice(2)) : x;
}

}  // namespace glyffuser::nn

#include "glyffuser/nn/resnet.hpp"

namespace glyffuser::nn {

ResnetBlock2D::ResnetBlock2D(std::int64_t in, std::int64_t out, const ResnetOptions& o)
    : scale_shift_(o.scale_shift),
      dropout_(o.dropout),
      scale_factor_(o.scale_factor),
      norm1_(child<GroupNorm>(*this, "norm1", o.norm_groups, in, o.norm_eps)),
      conv1_(child<Conv2d>(*this, "conv1", in, out, 3, 1, 1)),
      time_emb_proj_(child<Linear>(*this, "time_emb_proj", o.time_embed_dim, o.scale_shift ? 2 * out : out)),
      norm2_(child<GroupNorm>(*this, "norm2", o.norm_groups, out, o.norm_eps)),
      conv2_(child<Conv2d>(*this, "conv2", out, out, 3, 1, 1)) {
  if (in != out) conv_shortcut_ = child<Conv2d>(*this, "conv_shortcut", in, out, 1);
}

Tensor ResnetBlock2D::forward(const Tensor& x, const Tensor& time) const {
  const Tensor embedded = time_emb_proj_->forward(time).expand({x.size(0), -1});
  const bool biases_along = takes_biases_along(x, conv1_->bias.size(0));
  Tensor h = normal_with_time(norm1_->forward(x, Activation::silu), embedded, biases_along);
  if (dropout_ > 0) h = torch::dropout(h, dropout_, is_training());
  const Tensor shortcut = conv_shortcut_ ? conv_shortcut_->forward(x) : x;
  // In place: a convolution's result is not part of its gradient.
  h = biases_along ? add(conv2_->without_bias(h), shortcut, conv2_->bias) : conv2_->forward(h).add_(shortcut);
  return scale_factor_ == 1 ? h : h / scale_factor_;
}

Tensor ResnetBlock2D::normal_with_time(const Tensor& x, const Tensor& time, bool biases_along) const {
  if (scale_shift_) {
    const auto parts = time.unsqueeze(2).unsqueeze(3).chunk(2, 1);
    return torch::silu(norm2_->forward(conv1_->forward(x)) * (1 + parts[0]) + parts[1]);
  }
  if (biases_along)
    return norm2_->forward(conv1_->without_bias(x), Activation::silu, time.to(torch::kFloat) + conv1_->bias);
  return norm2_->forward(conv1_->forward(x), Activation::silu, time);
}

Downsample2D::Downsample2D(std::int64_t channels, std::int64_t padding)
    : padding_(padding), conv_(child<Conv2d>(*this, "conv", channels, channels, 3, 2, padding)) {}

Tensor Downsample2D::forward(const Tensor& x) const {
  return conv_->forward(padding_ == 0 ? torch::constant_pad_nd(x, {0, 1, 0, 1}) : x);
}

Upsample2D::Upsample2D(std::int64_t channels)
    : conv_(child<Conv2d>(*this, "conv", channels, channels, 3, 1, 1)) {}

Tensor Upsample2D::forward(const Tensor& x, torch::IntArrayRef size) const {
  return conv_->forward(torch::upsample_nearest2d(x, size));
}

}  // namespace glyffuser::nn

#pragma once
// The denoiser: diffusers' UNet2DConditionModel or UNet2DModel, with its parameter names.

#include <memory>
#include <vector>

#include "glyffuser/nn/blocks.hpp"
#include "glyffuser/nn/embeddings.hpp"
#include "glyffuser/nn/unet_config.hpp"

namespace glyffuser {

/// What a UNet makes of the texts of a batch, the same at every time step.
struct TextCondition {
  nn::TextContext context;
  torch::Tensor embedding;  ///< [B, time_embed_dim], joins the time's; undefined without addition_embed_type
};

class UNet final : public torch::nn::Module {
 public:
  /// Parameters are uninitialised: follow with initialize() or load_weights(). Throws ConfigError (validate).
  explicit UNet(const UNetConfig& config);

  /// sample [B, in_channels, H, W] of any floating dtype and layout, which the result follows (inside, the
  /// weights' dtype and channels_last, the faster layout, are used), timestep [B], int64 or, where
  /// fractional, float32; encoder_hidden_states [B, L, encoder_width] and its mask [B, L] (bool or integer, 1
  /// on tokens; undefined: all are tokens). A UNet2DModel ignores both. -> [B, out_channels, H, W]. Where
  /// padding_counts(config) pad captions to one length always: something in it does not know the mask.
  torch::Tensor forward(const torch::Tensor& sample, const torch::Tensor& timestep,
                        const torch::Tensor& encoder_hidden_states = {},
                        const torch::Tensor& encoder_attention_mask = {}) const;

  /// The same in two parts, for many time steps with the same texts. `timestep` may be [1] for the whole
  /// batch, and must be where the texts have more rows: k B for k branches of the B images
  /// (nn/branches.hpp), which give as many results, branch after branch.
  torch::Tensor forward(const torch::Tensor& sample, const torch::Tensor& timestep,
                        const TextCondition& text) const;
  /// `keep`: with the keys and values of every attention, made once and kept in the result while there is no
  /// gradient.
  TextCondition read_text(const torch::Tensor& encoder_hidden_states,
                          const torch::Tensor& encoder_attention_mask, bool keep = false) const;

  /// What the middle block gives for the same arguments: [B, the last of block_out_channels, h, w].
  torch::Tensor middle(const torch::Tensor& sample, const torch::Tensor& timestep,
                       const torch::Tensor& encoder_hidden_states = {},
                       const torch::Tensor& encoder_attention_mask = {}) const;

  /// Less memory for the backward pass and more time: of every residual block with its attention only the
  /// inputs are kept. With dropout the gradients would be wrong.
  void recompute_in_backward(bool on);

  const UNetConfig& config() const { return config_; }

  /// Of the convolutions' and projections' weights, in which the arithmetic is done; norms have float32
  /// weights beside bfloat16.
  torch::Dtype dtype() const;
  bool recomputes_in_backward() const { return recomputes_; }

 private:
  torch::Tensor embed_time(const torch::Tensor& timestep, const TextCondition& text) const;
  /// Through the middle block; what the up blocks will take goes to `skips`.
  torch::Tensor down(const torch::Tensor& sample, const torch::Tensor& time, const nn::TextContext& text,
                     std::vector<torch::Tensor>& skips) const;

  UNetConfig config_;
  bool recomputes_ = false;
  std::shared_ptr<nn::Conv2d> conv_in_;
  std::shared_ptr<nn::TimestepEmbedding> time_embedding_;
  std::shared_ptr<nn::Linear> encoder_hid_proj_;
  std::shared_ptr<nn::TextTimeEmbedding> add_embedding_;
  std::vector<std::shared_ptr<nn::DownBlock>> down_blocks_;
  std::shared_ptr<nn::MidBlock> mid_block_;
  std::vector<std::shared_ptr<nn::UpBlock>> up_blocks_;
  std::shared_ptr<nn::GroupNorm> conv_norm_out_;
  std::shared_ptr<nn::Conv2d> conv_out_;
};

/// PyTorch's default initial values, drawn from a CPU generator of this seed in the order of registration.
void initialize(UNet& unet, std::uint64_t seed);

/// A UNet with initial values.
std::shared_ptr<UNet> make_unet(const UNetConfig& config, std::uint64_t seed);

/// Converts the weights of convolutions and projections, so that forward computes in `dtype`; norms keep
/// float32 weights beside bfloat16.
void set_dtype(UNet& unet, torch::Dtype dtype);

/// Makes the UNet ready to be run without a gradient many times: weights are also kept in the layout of the
/// device's kernels, which costs their memory once more, of convolutions that nn/winograd.hpp takes four
/// times. To be called anew when weights have changed; set_dtype undoes it.
void pack_weights(UNet& unet);

/// Another UNet with copies of the weights, in `dtype` as set_dtype, on the same device and layout, in the
/// same modes.
std::shared_ptr<UNet> copy_as(const UNet& unet, torch::Dtype dtype);

/// How many numbers its weights and biases are.
std::int64_t parameter_count(const UNet& unet);

}  // namespace glyffuser

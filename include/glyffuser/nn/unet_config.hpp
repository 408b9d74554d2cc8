#pragma once
// The architecture of a UNet, in the names and with the meaning of diffusers 0.42 (UNet2DConditionModel and
// UNet2DModel).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glyffuser/config/fields.hpp"

namespace glyffuser {

/// The defaults are the article's text-conditional model for an encoder 512 wide (t5-small). Keys of the
/// other class are neither read nor written.
struct UNetConfig {
  std::string class_name = "UNet2DConditionModel";  ///< or UNet2DModel: no text
  std::int64_t sample_size = 128;                   ///< height and width of what the UNet sees
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  bool center_input_sample = false;  ///< the input is 2x - 1
  bool flip_sin_to_cos = true;
  std::int64_t freq_shift = 0;
  std::vector<std::string> down_block_types = {"DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D",
                                               "DownBlock2D"};
  std::optional<std::string> mid_block_type = "UNetMidBlock2DCrossAttn";  ///< null: none
  std::vector<std::string> up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"};
  std::vector<std::int64_t> block_out_channels = {128, 256, 512, 512};
  std::int64_t layers_per_block = 2;
  std::int64_t downsample_padding = 1;
  double mid_block_scale_factor = 1;
  double dropout = 0;  ///< in the residual blocks
  std::string act_fn = "silu";
  std::int64_t norm_num_groups = 32;
  double norm_eps = 1e-5;
  std::optional<std::int64_t> time_embedding_dim;   ///< null: 4 x the first block's channels
  std::string resnet_time_scale_shift = "default";  ///< or scale_shift
  /// UNet2DConditionModel: the *number* of heads (diffusers' own misnomer), one for all levels or one per
  /// level. UNet2DModel: the channels of one head, a single number; empty: one head over all channels.
  std::vector<std::int64_t> attention_head_dim = {8};

  // UNet2DConditionModel only
  std::int64_t cross_attention_dim = 512;
  std::optional<std::int64_t> encoder_hid_dim = 512;              ///< width of the text encoder's states
  std::optional<std::string> encoder_hid_dim_type = "text_proj";  ///< null: the states are used as they are
  std::optional<std::string> addition_embed_type;  ///< "text": the pooled states join the time embedding
  std::int64_t addition_embed_type_num_heads = 64;
  std::int64_t transformer_layers_per_block = 1;
  bool only_cross_attention = false;
  bool use_linear_projection = false;

  // UNet2DModel only
  bool add_attention = true;                         ///< in the middle block
  std::optional<std::int64_t> attn_norm_num_groups;  ///< null: norm_num_groups, or no norm under scale_shift

  bool is_conditional() const { return class_name == "UNet2DConditionModel"; }
  std::int64_t levels() const { return static_cast<std::int64_t>(block_out_channels.size()); }
  /// Number of attention heads of a level whose blocks put out `channels`.
  std::int64_t heads(std::int64_t level) const;
  std::int64_t time_embed_dim() const { return time_embedding_dim.value_or(4 * block_out_channels.front()); }
  /// Width of the states that forward() takes; 0 for UNet2DModel.
  std::int64_t encoder_width() const;
};

void describe(config::Fields& fields, UNetConfig& config);

/// Whether the padding of texts changes what the network says, as in diffusers: pooling knows no mask, nor
/// does the first attention of only_cross_attention.
bool padding_counts(const UNetConfig& config);

/// Throws ConfigError for values that do not fit each other: list lengths, channels not divisible by groups
/// or heads, blocks of the other class, a sample_size that cannot be halved often enough.
void validate(const UNetConfig& config);

}  // namespace glyffuser

#include "glyffuser/nn/unet_config.hpp"

#include <algorithm>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using config::above;
using config::at_least;
using config::between;

constexpr std::size_t kMostLevels = 13;  // from the largest sample_size down to a single pixel

void describe_conditional(config::Fields& fields, UNetConfig& config) {
  fields.field("cross_attention_dim", config.cross_attention_dim, at_least<std::int64_t>(1));
  fields.field("encoder_hid_dim", config.encoder_hid_dim, at_least<std::int64_t>(1));
  fields.field("encoder_hid_dim_type", config.encoder_hid_dim_type, {"text_proj"});
  fields.field("addition_embed_type", config.addition_embed_type, {"text"});
  fields.field("addition_embed_type_num_heads", config.addition_embed_type_num_heads,
               at_least<std::int64_t>(1));
  fields.field("transformer_layers_per_block", config.transformer_layers_per_block,
               at_least<std::int64_t>(1));
  fields.field("only_cross_attention", config.only_cross_attention);
  fields.field("use_linear_projection", config.use_linear_projection);
}

void require_multiple(const char* what, std::int64_t value, std::int64_t divisor, const char* of) {
  if (divisor >= 1 && value % divisor == 0) return;
  throw ConfigError(cat(what, " is ", value, ", expected a multiple of ", of, " = ", divisor));
}

void check_lengths(const UNetConfig& config) {
  const std::size_t levels = config.block_out_channels.size();
  if (levels == 0) throw ConfigError("`block_out_channels` is empty, expected one number per level");
  if (levels > kMostLevels)
    throw ConfigError(cat("`block_out_channels` has ", levels, " items, expected at most ", kMostLevels));
  const auto check = [&](const char* key, std::size_t length) {
    if (length == levels) return;
    throw ConfigError(
        cat("`", key, "` has ", length, " items, expected ", levels, ", as many as `block_out_channels`"));
  };
  check("down_block_types", config.down_block_types.size());
  check("up_block_types", config.up_block_types.size());
  const std::size_t heads = config.attention_head_dim.size();
  if (!config.is_conditional() && heads > 1) {
    throw ConfigError(cat("`attention_head_dim` has ", heads, " items, expected one number for UNet2DModel"));
  }
  if (config.is_conditional() && heads != 1) check("attention_head_dim", heads);
}

void check_blocks(const UNetConfig& config) {
  const std::string attention = config.is_conditional() ? "CrossAttn" : "Attn";
  const auto check = [&](const char* key, const std::vector<std::string>& types, const std::string& plain) {
    for (const std::string& type : types) {
      if (type == plain || type == attention + plain) continue;
      throw ConfigError(cat("`", key, "` has `", type, "`, expected ", plain, " or ", attention, plain,
                            " in a ", config.class_name));
    }
  };
  check("down_block_types", config.down_block_types, "DownBlock2D");
  check("up_block_types", config.up_block_types, "UpBlock2D");
  if (config.mid_block_type == "UNetMidBlock2DCrossAttn" && !config.is_conditional()) {
    throw ConfigError(
        "`mid_block_type` is `UNetMidBlock2DCrossAttn`, expected UNetMidBlock2D or null in a UNet2DModel");
  }
}

bool has_attention(const UNetConfig& config, std::size_t level) {
  const std::size_t mirrored = config.block_out_channels.size() - 1 - level;
  return config.down_block_types[level] != "DownBlock2D" || config.up_block_types[mirrored] != "UpBlock2D";
}

void check_channels(const UNetConfig& config) {
  for (std::size_t level = 0; level < config.block_out_channels.size(); ++level) {
    const std::int64_t channels = config.block_out_channels[level];
    require_multiple("an item of `block_out_channels`", channels, config.norm_num_groups,
                     "`norm_num_groups`");
    const bool last = level + 1 == config.block_out_channels.size();
    if (!has_attention(config, level) && !(last && config.mid_block_type)) continue;
    if (!config.attention_head_dim.empty()) {
      const std::size_t item = config.attention_head_dim.size() == 1 ? 0 : level;
      require_multiple("an item of `block_out_channels`", channels, config.attention_head_dim[item],
                       "`attention_head_dim`");
    }
  }
  if (config.attn_norm_num_groups) {
    require_multiple("the last of `block_out_channels`", config.block_out_channels.back(),
                     *config.attn_norm_num_groups, "`attn_norm_num_groups`");
  }
  require_multiple("`sample_size`", config.sample_size, std::int64_t{1} << (config.levels() - 1),
                   "2^(levels - 1)");
}

void check_time(const UNetConfig& config) {
  const std::int64_t frequencies = config.block_out_channels.front() / 2;
  if (config.freq_shift >= frequencies)  // which the embedding divides by the difference of
    throw ConfigError(cat("`freq_shift` is ", config.freq_shift, ", expected less than ", frequencies,
                          ", half of the first of `block_out_channels`"));
}

void check_text(const UNetConfig& config) {
  if (config.encoder_hid_dim.has_value() != config.encoder_hid_dim_type.has_value()) {
    throw ConfigError(config.encoder_hid_dim
                          ? "`encoder_hid_dim` is given without `encoder_hid_dim_type: text_proj`"
                          : "`encoder_hid_dim_type` is text_proj without an `encoder_hid_dim`");
  }
  if (config.addition_embed_type) {
    require_multiple("the text encoder's width", config.encoder_width(), config.addition_embed_type_num_heads,
                     "`addition_embed_type_num_heads`");
  }
}

}  // namespace

std::int64_t UNetConfig::heads(std::int64_t level) const {
  const auto at = static_cast<std::size_t>(level);
  if (attention_head_dim.empty()) return 1;
  const std::int64_t value = attention_head_dim[attention_head_dim.size() == 1 ? 0 : at];
  return is_conditional() ? value : block_out_channels[at] / value;
}

bool padding_counts(const UNetConfig& config) {
  return config.addition_embed_type.has_value() || (config.is_conditional() && config.only_cross_attention);
}

std::int64_t UNetConfig::encoder_width() const {
  return is_conditional() ? encoder_hid_dim.value_or(cross_attention_dim) : 0;
}

void describe(config::Fields& fields, UNetConfig& config) {
  fields.field("class_name", config.class_name, {"UNet2DConditionModel", "UNet2DModel"});
  fields.field("sample_size", config.sample_size, between<std::int64_t>(1, 4096));
  fields.field("in_channels", config.in_channels, at_least<std::int64_t>(1));
  fields.field("out_channels", config.out_channels, at_least<std::int64_t>(1));
  fields.field("center_input_sample", config.center_input_sample);
  fields.field("flip_sin_to_cos", config.flip_sin_to_cos);
  fields.field("freq_shift", config.freq_shift);
  fields.field("down_block_types", config.down_block_types,
               {"DownBlock2D", "AttnDownBlock2D", "CrossAttnDownBlock2D"});
  fields.field("mid_block_type", config.mid_block_type, {"UNetMidBlock2D", "UNetMidBlock2DCrossAttn"});
  fields.field("up_block_types", config.up_block_types, {"UpBlock2D", "AttnUpBlock2D", "CrossAttnUpBlock2D"});
  fields.field("block_out_channels", config.block_out_channels, at_least<std::int64_t>(1));
  fields.field("layers_per_block", config.layers_per_block, at_least<std::int64_t>(1));
  fields.field("downsample_padding", config.downsample_padding, between<std::int64_t>(0, 1));
  fields.field("mid_block_scale_factor", config.mid_block_scale_factor, above(0.0));
  fields.field("dropout", config.dropout, between(0.0, 1.0));
  fields.field("act_fn", config.act_fn, {"silu"});
  fields.field("norm_num_groups", config.norm_num_groups, at_least<std::int64_t>(1));
  fields.field("norm_eps", config.norm_eps, above(0.0));
  fields.field("time_embedding_dim", config.time_embedding_dim, at_least<std::int64_t>(1));
  fields.field("resnet_time_scale_shift", config.resnet_time_scale_shift, {"default", "scale_shift"});
  fields.field("attention_head_dim", config.attention_head_dim, at_least<std::int64_t>(1));
  if (config.is_conditional()) {
    describe_conditional(fields, config);
  } else {
    fields.field("add_attention", config.add_attention);
    fields.field("attn_norm_num_groups", config.attn_norm_num_groups, at_least<std::int64_t>(1));
  }
}

void validate(const UNetConfig& config) {
  check_lengths(config);
  check_blocks(config);
  check_channels(config);
  check_time(config);
  if (config.is_conditional()) check_text(config);
}

}  // namespace glyffuser

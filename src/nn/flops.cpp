#include "glyffuser/nn/flops.hpp"

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// Places in the network by the names of its parameters, which are diffusers' and say all that is needed.
class Places {
 public:
  Places(const UNetConfig& config, std::int64_t tokens) : config_(config), tokens_(tokens) {}

  /// How many vectors of one image the weight of this name is applied to: pixels, tokens, or one.
  std::int64_t vectors(const std::string& name) const {
    const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
    if (has("pool.k_proj") || has("pool.v_proj")) return tokens_ + 1;  // the tokens and their mean
    if (has("time_emb") || name.starts_with("add_embedding")) return 1;
    if (name.starts_with("encoder_hid_proj")) return tokens_;
    const bool keys = has(".to_k.") || has(".to_v.");
    const bool looks_at_text =
        has(".attn2.") || (has(".attn1.") && config_.only_cross_attention && !name.starts_with("mid_block"));
    return keys && looks_at_text ? tokens_ : pixels(level(name));
  }

 private:
  std::int64_t pixels(std::int64_t level) const {
    const std::int64_t side = config_.sample_size >> level;
    return side * side;
  }

  // Samplers work at the resolution that they lead to.
  std::int64_t level(const std::string& name) const {
    const auto parts = split(name, '.');
    if (parts[0] == "mid_block") return config_.levels() - 1;
    if (parts[0] == "down_blocks") return std::stoll(parts[1]) + (parts[2] == "downsamplers" ? 1 : 0);
    if (parts[0] == "up_blocks")
      return config_.levels() - 1 - std::stoll(parts[1]) - (parts[2] == "upsamplers" ? 1 : 0);
    return 0;
  }

  const UNetConfig& config_;
  std::int64_t tokens_;
};

}  // namespace

std::int64_t forward_flops(const UNet& unet, std::int64_t tokens) {
  const Places places(unet.config(), tokens);
  std::int64_t multiplications = 0;
  for (const auto& item : unet.named_parameters()) {
    const std::string& name = item.key();
    if (!name.ends_with(".weight") || item->dim() < 2) continue;
    multiplications += item->numel() * places.vectors(name);
    // An attention multiplies each query with each key, and each weight with each value.
    for (const auto& [query, key] :
         {std::pair{"to_q.weight", "to_k.weight"}, {"q_proj.weight", "k_proj.weight"}}) {
      if (!name.ends_with(query)) continue;
      const std::string keys = name.substr(0, name.size() - std::string_view(query).size()) + key;
      multiplications += 2 * item->size(0) * places.vectors(name) * places.vectors(keys);
    }
  }
  return 2 * multiplications;
}

}  // namespace glyffuser

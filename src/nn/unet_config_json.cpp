#include "glyffuser/nn/unet_config_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "glyffuser/config/json.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

using Json = nlohmann::ordered_json;
using config::Node;

// Read with the strict YAML reader, of whose language JSON is a part, so that errors name file and line.

/// Writes the described keys as a JSON object.
class JsonWriter : public config::Fields {
 public:
  Json object = Json::object();

 protected:
  void visit(std::string_view key, const config::AnyField& any) override {
    Json& json = object[std::string(key)];
    std::visit([&](const auto& field) { json = written(field.value); }, any);
    // The one list that diffusers also takes as a number, and for UNet2DModel only so.
    if (key == "attention_head_dim" && json.size() <= 1) json = json.empty() ? Json() : Json(json.front());
  }

 private:
  static Json written(const Period& value) { return to_text(value); }
  template <class T>
  static Json written(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
  }
  template <class T>
  static Json written(const T& value) {
    return value;
  }
};

Json described(UNetConfig config) {
  JsonWriter writer;
  describe(writer, config);
  return writer.object;
}

/// diffusers' own defaults, for keys that a config.json leaves out.
UNetConfig diffusers_defaults(const std::string& class_name) {
  UNetConfig config;
  config.class_name = class_name;
  config.encoder_hid_dim.reset();
  config.encoder_hid_dim_type.reset();
  if (config.is_conditional()) {
    config.in_channels = config.out_channels = 4;
    config.down_block_types = {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                               "DownBlock2D"};
    config.up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"};
    config.block_out_channels = {320, 640, 1280, 1280};
    config.cross_attention_dim = 1280;
  } else {
    config.in_channels = config.out_channels = 3;
    config.down_block_types = {"DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"};
    config.mid_block_type = "UNetMidBlock2D";
    config.up_block_types = {"AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"};
    config.block_out_channels = {224, 448, 672, 896};
  }
  return config;
}

/// Options of diffusers that are supported at one value only, besides null where that means the same.
struct FixedKey {
  const char* key;
  std::vector<std::string> values;
};
const std::vector<FixedKey>& fixed_keys() {
  static const std::vector<FixedKey> keys = {{"time_embedding_type", {"positional"}},
                                             {"dual_cross_attention", {"false"}},
                                             {"upcast_attention", {"false"}},
                                             {"resnet_skip_time_act", {"false"}},
                                             {"resnet_out_scale_factor", {"1.0", "1"}},
                                             {"conv_in_kernel", {"3"}},
                                             {"conv_out_kernel", {"3"}},
                                             {"attention_type", {"default"}},
                                             {"class_embeddings_concat", {"false"}},
                                             {"mid_block_only_cross_attention", {"false"}},
                                             {"downsample_type", {"conv"}},
                                             {"upsample_type", {"conv"}}};
  return keys;
}

/// What diffusers' EMAModel.save_pretrained adds to the config of averaged weights.
const std::set<std::string>& ema_notes() {
  static const std::set<std::string> keys = {
      "decay", "min_decay", "inv_gamma", "power", "optimization_step", "update_after_step", "use_ema_warmup"};
  return keys;
}

/// Whether the entry may be dropped before the strict reading: notes of diffusers' own, and options outside
/// `known` that are off.
bool droppable(const std::string& key, const Node& value, const Json& known) {
  if (key.starts_with('_') || ema_notes().contains(key)) return true;
  if (known.contains(key)) return false;
  if (is_null(value)) return true;
  const auto fixed =
      std::find_if(fixed_keys().begin(), fixed_keys().end(), [&](const FixedKey& f) { return key == f.key; });
  const std::string shown = value.kind == Node::Kind::scalar ? value.scalar : "a list or map";
  if (fixed == fixed_keys().end()) {
    throw ConfigError(cat(value.place, ": `", key, "` is ", shown, ", but only null is supported"));
  }
  if (std::find(fixed->values.begin(), fixed->values.end(), shown) != fixed->values.end()) return true;
  throw ConfigError(
      cat(value.place, ": `", key, "` is ", shown, ", but only ", fixed->values.front(), " is supported"));
}

/// Python writes characters such as 𠀀 as two escapes (UTF-16 surrogates), which YAML's reader does not know.
std::string without_surrogates(const std::string& text, const std::filesystem::path& file) {
  if (lower(text).find("\\ud") == std::string::npos) return text;
  config::json_object(text, file.string());
  return Json::parse(text).dump(2);
}

UNetConfig parse(Node root, const std::filesystem::path& file) {
  const Node* class_name = root.find("_class_name");
  if (!class_name || (class_name->scalar != "UNet2DConditionModel" && class_name->scalar != "UNet2DModel")) {
    throw ConfigError(cat(file.string(), ": `_class_name` is ", class_name ? class_name->scalar : "missing",
                          ", expected UNet2DConditionModel or UNet2DModel"));
  }
  UNetConfig config = diffusers_defaults(class_name->scalar);
  Json known = described(config);
  known.erase("class_name");  // ours; in their file it is _class_name
  std::erase_if(root.entries, [&](const auto& entry) { return droppable(entry.first, entry.second, known); });
  read(root, config);
  if (config.encoder_hid_dim && !config.encoder_hid_dim_type) config.encoder_hid_dim_type = "text_proj";
  try {
    validate(config);
  } catch (const ConfigError& error) {
    throw ConfigError(cat(file.string(), ": ", error.what()));
  }
  return config;
}

}  // namespace

UNetConfig read_unet_config(const std::filesystem::path& file) {
  const std::string text = without_surrogates(read_file(file), file);
  try {
    return parse(config::parse_text(text, file.string()), file);
  } catch (const ConfigError& error) {
    throw FileError(error.what());  // a model's file, not the user's configuration
  }
}

std::string unet_config_json(const UNetConfig& config) {
  Json json = {{"_class_name", config.class_name}, {"_diffusers_version", "0.42.0"}};
  const Json described_config = described(config);  // named: items() would refer to a temporary that is gone
  for (const auto& [key, value] : described_config.items()) {
    if (key != "class_name") json[key] = value;
  }
  return json.dump(2) + "\n";
}

}  // namespace glyffuser

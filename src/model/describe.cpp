#include "glyffuser/model/describe.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "glyffuser/config/json.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/model/card.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/nn/flops.hpp"
#include "glyffuser/tensor/diffusers_weights.hpp"
#include "glyffuser/text/tokenizer.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kIndent = 14;
constexpr std::int64_t kTypicalTokens = 8;  // of a prompt, for the cost of a time step

std::string dtype_name(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat:
      return "float32";
    case torch::kHalf:
      return "float16";
    case torch::kBFloat16:
      return "bfloat16";
    default:
      return lower(torch::toString(type));
  }
}

std::string dtypes_in(const fs::path& unet) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : read_diffusers_weights(unet).tensors)
    names.insert(dtype_name(tensor.scalar_type()));
  return join({names.begin(), names.end()}, ", ");
}

/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& items) {
  if (items.empty()) return "";
  const std::string first = join({items.begin(), items.end() - 1}, ", ");
  return first.empty() ? items.back() : cat(first, " and ", items.back());
}

std::string network_in_words(const UNetConfig& config) {
  std::vector<std::string> channels, sizes, attention;
  for (std::int64_t level = 0; level < config.levels(); ++level) {
    const auto at = static_cast<std::size_t>(level);
    channels.push_back(cat(config.block_out_channels[at]));
    const std::int64_t size = config.sample_size >> level;
    sizes.push_back(cat(size, " × ", size));
    if (config.down_block_types[at].find("Attn") != std::string::npos) attention.push_back(sizes.back());
  }
  const std::int64_t blocks = config.layers_per_block;
  std::string words = cat(config.class_name, ", levels of ", listed(channels), " channels at ", listed(sizes),
                          ", ", blocks, blocks == 1 ? " residual block each" : " residual blocks each");
  const bool middle =
      config.mid_block_type &&
      (config.is_conditional() ? *config.mid_block_type == "UNetMidBlock2DCrossAttn" : config.add_attention);
  if (middle) attention.push_back("the middle");
  if (!attention.empty())
    words +=
        cat(config.is_conditional() ? ", cross-attention at " : ", self-attention at ", listed(attention));
  return words;
}

std::string schedule_in_words(const SchedulerConfig& config) {
  const bool custom = !config.trained_betas.empty();
  const bool range = !custom && config.beta_schedule != "squaredcos_cap_v2";
  return cat(custom ? "betas of its own" : config.beta_schedule,
             range ? cat(" from ", shortest(config.beta_start), " to ", shortest(config.beta_end)) : "", ", ",
             config.num_train_timesteps, " time steps, predicts ", config.prediction_type,
             config.rescale_betas_zero_snr ? ", zero terminal SNR" : "");
}

std::string scheduler_in_words(const SchedulerConfig& config) {
  const std::string name = scheduler_name(config);
  if (name.find("dpmsolver") != std::string::npos)
    return cat(name, name == "dpmsolver-sde" ? "" : cat(", order ", config.solver.solver_order));
  return cat(name, config.clip_sample ? cat(", x_0 clipped to ±", shortest(config.clip_sample_range)) : "");
}

std::string text_encoder_in_words(const fs::path& folder, std::int64_t width) {
  if (!has_text_encoder(folder))
    return cat("none in the folder; one of width ", width, " must be given by --text-encoder");
  const fs::path file = folder / "text_encoder/config.json";
  const config::Node config = fs::exists(file) ? config::read_json_object(file) : config::Node();
  const auto number = [&](const char* key) {
    const config::Node* value = config.find(key);
    return value && !value->scalar.empty() ? value->scalar : std::string("an unknown number of");
  };
  const fs::path tokenizer = folder / "tokenizer";
  const bool known = fs::exists(tokenizer / "tokenizer_config.json");
  return cat("T5 encoder, ", number("num_layers"), " layers, width ", number("d_model"), ", up to ",
             known ? cat(longest_text(tokenizer)) : "an unknown number of", " tokens");
}

/// Words in lines of at most kColumns, the later ones indented.
std::string wrapped(const std::string& label, const std::string& value) {
  std::string line = label + ":", result;
  line.resize(std::max(line.size() + 1, kIndent), ' ');
  std::size_t used = line.size();
  bool first = true;
  for (const std::string& word : split(value, ' ')) {
    const std::size_t width = decode_utf8(word).size() + (first ? 0 : 1);
    if (!first && used + width > kColumns) {
      result += line + "\n";
      line = std::string(kIndent, ' ') + word;
      used = kIndent + width - 1;
    } else {
      line += (first ? "" : " ") + word;
      used += width;
    }
    first = false;
  }
  return result + line + "\n";
}

}  // namespace

ModelDescription describe_model(const fs::path& folder, const fs::path& text_encoder) {
  const Model model = load_model(folder, torch::kCPU);
  const UNetConfig& config = model.unet->config();
  ModelDescription d;
  d.name = model.name;
  d.hash = model_hash(folder, text_encoder);
  d.conditional = config.is_conditional();
  d.image_size = model.info.image_size;
  d.patch_size = model.info.patch_size;
  d.pixel_low = model.info.pixel_low;
  d.pixel_high = model.info.pixel_high;
  d.parameters = parameter_count(*model.unet);
  d.flops = forward_flops(*model.unet, d.conditional ? kTypicalTokens : 0);
  d.dtype = dtypes_in(folder / "unet");
  d.network = network_in_words(config);
  d.schedule = schedule_in_words(model.scheduler);
  d.scheduler = scheduler_in_words(model.scheduler);
  if (d.conditional) d.text_encoder = text_encoder_in_words(text_encoder, config.encoder_width());
  d.steps = model.info.steps;
  d.samples = model.info.samples;
  if (!fs::exists(folder / "README.md")) return d;
  const std::string card = with_valid_utf8(read_file(folder / "README.md"));
  d.data = card_line(card, "Data");
  d.training = card_line(card, "Training");
  d.quality = card_section(card, "quality");
  d.licences = card_section(card, "licen");
  if (d.licences.empty()) d.licences = card_field(card, "license");
  return d;
}

std::string to_text(const ModelDescription& d) {
  const std::string patches =
      d.patch_size == 1 ? "" : cat(", in patches of ", d.patch_size, " × ", d.patch_size);
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"Model", cat(d.name, " (", d.hash, ")")},
      {"Draws", cat(d.image_size, " × ", d.image_size, " pixels ",
                    d.conditional ? "from a prompt" : "without a prompt", patches)},
      {"Pixels", cat(shortest(d.pixel_low), " (black) to ", shortest(d.pixel_high), " (white)")},
      {"Network", d.network},
      {"Parameters", cat(d.parameters, ", ", d.dtype, "; ", fixed(static_cast<double>(d.flops) / 1e9, 2),
                         " GFLOP a time step")},
      {"Diffusion", d.schedule},
      {"Scheduler", d.scheduler},
      {"Text encoder", d.text_encoder},
      {"Data", d.data},
      {"Training",
       !d.training.empty() || d.steps == 0 ? d.training : cat(d.steps, " steps, ", d.samples, " samples")},
      {"Quality", d.quality},
      {"Licences", d.licences}};
  std::string text;
  for (const auto& [label, value] : lines) {
    if (!value.empty()) text += wrapped(label, value);
  }
  return text;
}

std::string to_json(const ModelDescription& d) {
  using Json = nlohmann::ordered_json;
  const auto told = [](const auto& value) { return value == decltype(value){} ? Json() : Json(value); };
  return Json{{"name", d.name},
              {"hash", d.hash},
              {"conditional", d.conditional},
              {"image_size", d.image_size},
              {"patch_size", d.patch_size},
              {"pixel_range", {d.pixel_low, d.pixel_high}},
              {"parameters", d.parameters},
              {"flops", d.flops},
              {"dtype", d.dtype},
              {"network", d.network},
              {"schedule", d.schedule},
              {"scheduler", d.scheduler},
              {"text_encoder", told(d.text_encoder)},
              {"steps", told(d.steps)},
              {"samples", told(d.samples)},
              {"data", told(d.data)},
              {"training", told(d.training)},
              {"quality", told(d.quality)},
              {"licences", told(d.licences)}}
      .dump();
}

}  // namespace glyffuser

#include "glyffuser/train/initial_weights.hpp"

#include "glyffuser/config/dump.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

// A document in which two networks differ only where their weights or the use of them do: without what no
// weight depends on, and with one spelling for what can be said in two ways.
config::Node architecture(const NetworkConfig& network) {
  RunConfig config;
  config.network = network;
  UNetConfig& unet = config.network.unet;
  unet.dropout = 0;
  unet.sample_size = 1;
  unet.time_embedding_dim = unet.time_embed_dim();
  if (unet.is_conditional() && unet.attention_head_dim.size() == 1)
    unet.attention_head_dim.resize(unet.block_out_channels.size(), unet.attention_head_dim.front());
  if (!unet.addition_embed_type) unet.addition_embed_type_num_heads = 1;
  return config::parse_text(config::dump(config), "architecture");
}

void check_same_architecture(const std::filesystem::path& folder, const Model& model,
                             const NetworkConfig& network) {
  constexpr std::size_t kShown = 5;
  auto differing =
      differing_keys(architecture({.patch_size = model.info.patch_size, .unet = model.unet->config()}),
                     architecture(network));
  if (differing.empty()) return;
  const bool all = differing.size() <= kShown;
  if (!all) differing.resize(kShown);
  throw ConfigError(cat("`train.init_from`: the model in ", folder.string(),
                        " differs from this configuration in ", join(differing, ", "), all ? "" : ", …",
                        "; expected one of the same architecture"));
}

}  // namespace

void start_from_model(Trainer& trainer, const std::filesystem::path& folder, const NetworkConfig& network) {
  const Model model = load_model(folder, torch::kCPU);
  check_same_architecture(folder, model, network);
  const SchedulerConfig& ours = trainer.model().scheduler;
  if (model.scheduler.prediction_type != ours.prediction_type)
    log::warning(cat("the model in ", folder.string(), " was trained with scheduler.prediction_type ",
                     model.scheduler.prediction_type, ", this run has ", ours.prediction_type));
  Checkpoint start = trainer.checkpoint();
  for (auto& [name, tensor] : start.weights) tensor = model.unet->named_parameters()[name];
  start.ema = start.weights;
  trainer.load(start);
}

}  // namespace glyffuser

#include "glyffuser/nn/unet.hpp"

#include "glyffuser/nn/branches.hpp"
#include "glyffuser/nn/transformer.hpp"

namespace glyffuser {

using nn::child;
using torch::Tensor;

UNet::UNet(const UNetConfig& config) : config_(config) {
  validate(config_);
  const std::int64_t first = config_.block_out_channels.front();
  conv_in_ = child<nn::Conv2d>(*this, "conv_in", config_.in_channels, first, 3, 1, 1);
  time_embedding_ = child<nn::TimestepEmbedding>(*this, "time_embedding", first, config_.time_embed_dim());
  if (config_.is_conditional() && config_.encoder_hid_dim) {
    encoder_hid_proj_ =
        child<nn::Linear>(*this, "encoder_hid_proj", *config_.encoder_hid_dim, config_.cross_attention_dim);
  }
  if (config_.is_conditional() && config_.addition_embed_type) {
    add_embedding_ =
        child<nn::TextTimeEmbedding>(*this, "add_embedding", config_.encoder_width(),
                                     config_.time_embed_dim(), config_.addition_embed_type_num_heads);
  }
  torch::nn::ModuleList down, up;
  for (std::int64_t i = 0; i < config_.levels(); ++i) {
    down_blocks_.push_back(std::make_shared<nn::DownBlock>(config_, i));
    down->push_back(down_blocks_.back());
    up_blocks_.push_back(std::make_shared<nn::UpBlock>(config_, i));
    up->push_back(up_blocks_.back());
  }
  register_module("down_blocks", down);
  register_module("up_blocks", up);
  if (config_.mid_block_type) mid_block_ = child<nn::MidBlock>(*this, "mid_block", config_);
  conv_norm_out_ =
      child<nn::GroupNorm>(*this, "conv_norm_out", config_.norm_num_groups, first, config_.norm_eps);
  conv_out_ = child<nn::Conv2d>(*this, "conv_out", first, config_.out_channels, 3, 1, 1);
}

void UNet::recompute_in_backward(bool on) {
  recomputes_ = on;
  for (const auto& block : down_blocks_) block->recompute_in_backward(on);
  if (mid_block_) mid_block_->recompute_in_backward(on);
  for (const auto& block : up_blocks_) block->recompute_in_backward(on);
}

torch::Dtype UNet::dtype() const {
  return conv_in_->weight.scalar_type();
}

Tensor UNet::embed_time(const Tensor& timestep, const TextCondition& text) const {
  const Tensor sinusoids = nn::timestep_embedding(timestep, config_.block_out_channels.front(),
                                                  config_.flip_sin_to_cos, config_.freq_shift);
  Tensor time = time_embedding_->forward(sinusoids.to(dtype()));
  if (text.embedding.defined()) time = time + text.embedding;
  return torch::silu(time);  // every residual block begins with it: once is enough
}

TextCondition UNet::read_text(const Tensor& encoder_hidden_states, const Tensor& encoder_attention_mask,
                              bool keep) const {
  if (!config_.is_conditional()) return {};
  TextCondition text;
  const Tensor states = encoder_hidden_states.to(dtype());
  if (add_embedding_) text.embedding = add_embedding_->forward(states);
  text.context.states = encoder_hid_proj_ ? encoder_hid_proj_->forward(states) : states;
  if (encoder_attention_mask.defined()) {
    text.context.bias = (1 - encoder_attention_mask.to(dtype())).mul_(-10000).unsqueeze(1);
  }
  if (keep && !torch::GradMode::is_enabled())
    text.context.kept = std::make_shared<std::map<const nn::Attention*, nn::KeysAndValues>>();
  return text;
}

Tensor UNet::down(const Tensor& sample, const Tensor& time, const nn::TextContext& text,
                  std::vector<Tensor>& skips) const {
  const Tensor input = sample.to(dtype()).contiguous(torch::MemoryFormat::ChannelsLast);
  Tensor x = conv_in_->forward(config_.center_input_sample ? 2 * input - 1 : input);
  x = x.contiguous(
      torch::MemoryFormat::ChannelsLast);  // with one channel in, the layouts cannot be told apart
  skips = {x};
  for (const auto& block : down_blocks_) x = block->forward(x, time, text, skips);
  return mid_block_ ? mid_block_->forward(x, time, text) : x;
}

Tensor UNet::middle(const Tensor& sample, const Tensor& timestep, const Tensor& encoder_hidden_states,
                    const Tensor& encoder_attention_mask) const {
  const TextCondition text = read_text(encoder_hidden_states, encoder_attention_mask);
  std::vector<Tensor> skips;
  return down(sample, embed_time(timestep, text), text.context, skips).to(sample.scalar_type());
}

Tensor UNet::forward(const Tensor& sample, const Tensor& timestep, const Tensor& encoder_hidden_states,
                     const Tensor& encoder_attention_mask) const {
  return forward(sample, timestep, read_text(encoder_hidden_states, encoder_attention_mask));
}

Tensor UNet::forward(const Tensor& sample, const Tensor& timestep, const TextCondition& text) const {
  const Tensor time = embed_time(timestep, text);
  const std::int64_t rows = text.context.states.defined() ? text.context.states.size(0) : sample.size(0);
  // What joins the time reaches every block, so then the branches differ from the beginning.
  const Tensor images = text.embedding.defined() ? nn::for_branches(sample, rows) : sample;
  std::vector<Tensor> skips;
  Tensor x = down(images, time, text.context, skips);
  for (const auto& block : up_blocks_) x = block->forward(x, time, text.context, skips);
  x = conv_out_->forward(conv_norm_out_->forward(x, nn::Activation::silu));
  x = nn::for_branches(x, rows);  // if no attention saw the texts
  return x.to(sample.scalar_type()).contiguous(sample.suggest_memory_format());
}

void initialize(UNet& unet, std::uint64_t seed) {
  const torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  for (const auto& module : unet.modules()) {
    if (auto* layer = dynamic_cast<nn::Layer*>(module.get())) layer->reset(generator);
  }
}

std::shared_ptr<UNet> make_unet(const UNetConfig& config, std::uint64_t seed) {
  auto unet = std::make_shared<UNet>(config);
  initialize(*unet, seed);
  return unet;
}

void set_dtype(UNet& unet, torch::Dtype dtype) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : unet.modules(/*include_self=*/false)) {
    auto* layer = dynamic_cast<nn::Layer*>(module.get());
    const bool in_float = layer && layer->is_norm() && dtype == torch::kBFloat16;
    if (layer) layer->unpack();
    for (torch::Tensor& parameter : module->parameters(/*recurse=*/false))
      parameter.set_data(parameter.to(in_float ? torch::kFloat : dtype));
  }
}

void pack_weights(UNet& unet) {
  for (const auto& module : unet.modules(/*include_self=*/false)) {
    if (auto* layer = dynamic_cast<nn::Layer*>(module.get())) layer->pack();
  }
}

std::shared_ptr<UNet> copy_as(const UNet& unet, torch::Dtype dtype) {
  auto copy = std::make_shared<UNet>(unet.config());
  const auto from = unet.parameters(), to = copy->parameters();
  for (std::size_t i = 0; i < to.size(); ++i) torch::Tensor(to[i]).set_data(from[i].detach().clone());
  set_dtype(*copy, dtype);
  copy->train(unet.is_training());
  copy->recompute_in_backward(unet.recomputes_in_backward());
  return copy;
}

std::int64_t parameter_count(const UNet& unet) {
  std::int64_t count = 0;
  for (const Tensor& parameter : unet.parameters()) count += parameter.numel();
  return count;
}

}  // namespace glyffuser

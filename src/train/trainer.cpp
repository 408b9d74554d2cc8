#include "glyffuser/train/trainer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/nn/patchify.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/generator.hpp"

namespace glyffuser {

namespace {

/// In [0, 1).
double uniform(std::uint64_t seed, const char* purpose) {
  return static_cast<double>(derive_seed(seed, purpose, 0) >> 11) * 0x1p-53;
}

/// t / T of each u in 0 … 1, as TrainConfig says.
torch::Tensor shares_of_schedule(const torch::Tensor& u, const DrawSettings& settings) {
  const double shift = settings.timestep_shift;
  // A shift keeps 0 and 1 where they are, and adds its logarithm to the logit.
  if (!settings.timestep_logit_std) return shift * u / (1 + (shift - 1) * u);
  const torch::Tensor normal = torch::erfinv(2 * u - 1) * std::numbers::sqrt2;
  return torch::sigmoid(std::log(shift) + *settings.timestep_logit_std * normal);
}

}  // namespace

SampleDraws draw_samples(const std::vector<std::uint64_t>& seeds, std::int64_t image_size,
                         const DrawSettings& settings) {
  std::vector<std::uint64_t> noise_seeds;
  std::vector<double> u;
  SampleDraws draws;
  const std::int64_t count = settings.num_train_timesteps;
  for (const std::uint64_t seed : seeds) {
    noise_seeds.push_back(derive_seed(seed, "noise", 0));
    u.push_back(uniform(seed, "timestep"));
    draws.drop_caption.push_back(uniform(seed, "caption") < settings.caption_dropout);
  }
  const torch::Tensor shares = shares_of_schedule(torch::tensor(u, torch::kFloat64), settings);
  draws.timesteps = (shares * static_cast<double>(count)).to(torch::kInt64).clamp_max(count - 1);
  draws.noise = ImageGenerators(noise_seeds).normal({1, image_size, image_size}, settings.page_locked);
  return draws;
}

namespace {

Model new_model(const RunConfig& config, const torch::Device& device) {
  Model model;
  const auto seed = derive_seed(static_cast<std::uint64_t>(config.seed), "weights", 0);
  model.unet = make_unet(config.network.unet, seed);
  model.unet->to(device);
  to_channels_last(*model.unet);
  model.unet->train();
  model.unet->recompute_in_backward(config.train.gradient_checkpointing);
  model.scheduler = config.scheduler;
  model.info.patch_size = config.network.patch_size;
  model.info.image_size = config.data.image_size;
  model.info.conditional = config.network.unet.is_conditional();
  return model;
}

NamedParameters named_parameters(const UNet& unet) {
  NamedParameters parameters;
  for (const auto& item : unet.named_parameters()) parameters.emplace_back(item.key(), item.value());
  return parameters;
}

// The weights themselves, to read and to copy into.
std::map<std::string, torch::Tensor> as_map(const NamedParameters& parameters) {
  std::map<std::string, torch::Tensor> map;
  for (const auto& [name, parameter] : parameters) map[name] = parameter.detach();
  return map;
}

}  // namespace

Trainer::Trainer(const RunConfig& config, const TrainingCaptions* captions, std::int64_t total_steps,
                 const torch::Device& device, const Communicator& ranks)
    : config_(config.train),
      captions_(captions),
      total_steps_(total_steps),
      device_(device),
      ranks_(ranks),
      model_(new_model(config, device)),
      loss_(config.scheduler, config.loss),
      parameters_(named_parameters(*model_.unet)),
      working_(model_.unet, parse_precision(config.train.precision)),
      optimizer_(parameters_, config.train.optimizer),
      ema_(parameters_, config.train.ema),
      copies_(device) {
  loss_.to(device);
  if (!device.is_cuda()) return;
  tune_for_training(device);
  if (!config_.cuda_graphs || !can_take_whole_steps()) return;
  if (DeviceGraph::available())
    take_whole_steps();
  else
    log::warning(
        "this build has no CUDA graphs, without which steps are slower: cmake says what it misses for them");
}

PreparedBatch Trainer::prepare(Batch batch) const {
  PreparedBatch prepared{std::move(batch), {}};
  SampleDraws& draws = prepared.draws;
  draws = draw_samples(prepared.batch.seeds, model_.info.image_size,
                       {.num_train_timesteps = loss_.schedule().num_train_timesteps(),
                        .timestep_shift = config_.timestep_shift,
                        .timestep_logit_std = config_.timestep_logit_std,
                        .caption_dropout = config_.caption_dropout,
                        .page_locked = device_.is_cuda()});
  copies_.run([&] {
    for (torch::Tensor* tensor : {&prepared.batch.images, &draws.timesteps, &draws.noise})
      *tensor = copy_to(*tensor, device_);
  });
  return prepared;
}

StepInputs Trainer::inputs(const Batch& batch, const SampleDraws& draws, std::int64_t first,
                           std::int64_t count) const {
  const auto rows = [&](const torch::Tensor& all) { return all.narrow(0, first, count).to(device_); };
  const TextStates text =
      captions_ ? captions_->gather(batch.captions, draws.drop_caption, first, count) : TextStates{};
  return {rows(batch.images), rows(draws.timesteps), rows(draws.noise), text.states, text.mask, {}};
}

torch::Tensor Trainer::losses_of(const StepInputs& inputs) const {
  const Denoiser denoiser = [&](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    return working_.unet().forward(noisy, timesteps, inputs.states, inputs.mask);
  };
  const std::int64_t patch = model_.info.patch_size;
  return loss_(denoiser, patchify(inputs.images, patch), inputs.timesteps, patchify(inputs.noise, patch));
}

// LibTorch's dropout draws from the global generator, whose state no checkpoint holds: it begins anew here.
void Trainer::seed_dropout(std::uint64_t seed) const {
  if (model_.unet->config().dropout > 0) torch::manual_seed(derive_seed(seed, "dropout", 0));
}

TrainStep Trainer::step(const PreparedBatch& prepared, Stop stop) {
  TrainStep result;
  result.stop = stop;
  result.learning_rate = learning_rate_at(config_, state_.step, total_steps_);
  if (std::exchange(stale_, false)) working_.refresh();
  if (whole_steps_)
    step_as_a_whole(prepared, result);
  else
    step_in_parts(prepared, result);
  state_.step += 1;
  state_.samples += prepared.batch.images.size(0) * ranks_.size();
  return result;
}

void Trainer::step_in_parts(const PreparedBatch& prepared, TrainStep& result) {
  const auto& [batch, draws] = prepared;
  const std::int64_t size = batch.images.size(0);
  const std::int64_t micro = std::min(size, config_.micro_batch.value_or(size));
  for (std::int64_t first = 0; first < size; first += micro) {
    const StepInputs rows = inputs(batch, draws, first, std::min(micro, size - first));
    seed_dropout(batch.seeds.at(static_cast<std::size_t>(first)));
    const torch::Tensor loss = losses_of(rows).sum() / (size * ranks_.size());
    loss.backward();
    if (micro < size) working_.collect_gradients();
    result.loss += loss.item<double>();
  }
  std::vector<torch::Tensor> gradients = working_.take_gradients();
  add_up_ranks(result, gradients);
  const torch::Tensor norm = gradient_norm(gradients);
  result.grad_norm = norm.item<double>();
  if (!accept(result)) return;
  optimizer_.step(gradients, clip_scale(norm, config_.max_grad_norm), result.learning_rate,
                  {ema_.averages(), ema_.next_weight(), working_.copies()});
  ema_.count_update();
}

// The device is told beforehand what would be accepted, so that it and accept() come to the same judgement.
void Trainer::step_as_a_whole(const PreparedBatch& prepared, TrainStep& result) {
  const auto& [batch, draws] = prepared;
  const StepLimits limits = step_limits(state_.divergence, config_.max_loss_factor);
  StepInputs all = inputs(batch, draws, 0, batch.images.size(0));
  all.numbers = torch::tensor({static_cast<float>(result.learning_rate),
                               static_cast<float>(ema_.next_weight()), limits.loss, limits.grad_norm})
                    .to(device_);
  seed_dropout(
      batch.seeds.front());  // recorded steps take their randomness from the generator's state as well
  const torch::Tensor loss_and_norm = whole_steps_->run(all);
  result.loss = loss_and_norm[0].item<double>();
  result.grad_norm = loss_and_norm[1].item<double>();
  if (accept(result)) ema_.count_update();  // its values are there already
}

torch::Tensor Trainer::whole_step(const StepInputs& inputs) {
  working_.take_gradients();  // of an attempt that was broken off
  const torch::Tensor loss = losses_of(inputs).sum() / inputs.timesteps.size(0);
  loss.backward();
  const std::vector<torch::Tensor> gradients = working_.take_gradients();
  const torch::NoGradGuard no_grad;
  const torch::Tensor norm = gradient_norm(gradients);
  const auto number = [&](std::int64_t i) { return inputs.numbers[i]; };
  // What is not finite is not below a limit either.
  const torch::Tensor good = (loss <= number(2)).logical_and(norm <= number(3));
  optimizer_.step(gradients,
                  {.scale = clip_scale(norm, config_.max_grad_norm),
                   .learning_rate = number(0),
                   .average_weight = number(1),
                   .skip = good.logical_not().to(torch::kFloat)},
                  {ema_.averages(), 0, working_.copies()});
  return torch::stack({loss.detach(), norm});
}

bool Trainer::can_take_whole_steps() const {
  const bool whole = config_.micro_batch.value_or(config_.batch_size) == config_.batch_size;
  return whole && ranks_.size() == 1;
}

void Trainer::take_whole_steps() {
  whole_steps_ =
      std::make_unique<WholeSteps>(device_, [this](const StepInputs& inputs) { return whole_step(inputs); });
}

// From the shares of the ranks to the whole batch. Whether to stop travels along, so that all do at the same
// step. Gradients are added up in the weights' precision: sums in bfloat16 would lose digits.
void Trainer::add_up_ranks(TrainStep& result, std::vector<torch::Tensor>& gradients) {
  if (ranks_.size() == 1) return;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    gradients[i] = gradients[i].to(parameters_[i].second.scalar_type());
  constexpr std::array kStops = {Stop::out_of_time, Stop::interrupted, Stop::terminated};
  std::vector<double> rest = {result.loss};
  for (const Stop stop : kStops) rest.push_back(result.stop == stop ? 1 : 0);
  const torch::Tensor loss_and_votes = torch::tensor(rest, torch::kFloat64);
  std::vector<torch::Tensor> shares = gradients;
  shares.push_back(loss_and_votes);
  ranks_.sum(shares, cat("adding up the gradients of step ", state_.step + 1));
  result.loss = loss_and_votes[0].item<double>();
  for (std::size_t i = 0; i < kStops.size(); ++i) {
    if (loss_and_votes[static_cast<std::int64_t>(i) + 1].item<double>() > 0) result.stop = kStops[i];
  }
}

bool Trainer::accept(TrainStep& result) {
  const std::string complaint =
      judge_step(state_.divergence, result.loss, result.grad_norm, config_.max_loss_factor);
  result.skipped = !complaint.empty();
  if (!result.skipped) return true;
  ++state_.skipped_steps;
  // All ranks come to the same judgement.
  if (ranks_.is_first()) log::warning(cat("step ", state_.step + 1, " is skipped: its ", complaint));
  if (state_.divergence.bad_in_a_row >= config_.max_bad_steps)
    throw RunError(cat("training diverged: ", state_.divergence.bad_in_a_row, " steps in a row up to step ",
                       state_.step + 1, " were bad, the last one's ", complaint,
                       "; the last checkpoint is kept, expected a smaller train.optimizer.learning_rate"));
  return false;
}

torch::Tensor Trainer::losses(const Batch& batch, const SampleDraws& draws) {
  const torch::NoGradGuard no_grad;
  working_.refresh();  // the weights may be the averages now
  stale_ = true;
  working_.train(false);
  const torch::Tensor losses = losses_of(inputs(batch, draws, 0, batch.images.size(0))).to(torch::kCPU);
  working_.train(true);
  return losses;
}

Checkpoint Trainer::checkpoint() const {
  Checkpoint checkpoint;
  checkpoint.state = state_;
  checkpoint.state.ema_updates = ema_.updates();
  checkpoint.weights = as_map(parameters_);
  checkpoint.ema = ema_.state();
  checkpoint.optimizer = optimizer_.state();
  return checkpoint;
}

void Trainer::load(const Checkpoint& checkpoint) {
  copy_by_name(checkpoint.weights, as_map(parameters_), "weights");
  ema_.load(checkpoint.ema, checkpoint.state.ema_updates);
  optimizer_.load(checkpoint.optimizer);
  stale_ = true;
  state_ = checkpoint.state;
}

}  // namespace glyffuser

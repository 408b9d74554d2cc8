#include "glyffuser/train/config.hpp"

#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {
constexpr std::int64_t kMost = 1'000'000'000, kMostEpochs = 1'000'000;
}

void describe(config::Fields& fields, AdamWConfig& config) {
  fields.field("learning_rate", config.learning_rate, config::above(0.0));
  fields.field("weight_decay", config.weight_decay, config::at_least(0.0));
  fields.field("beta1", config.beta1, config::between(0.0, 0.99999));
  fields.field("beta2", config.beta2, config::between(0.0, 0.9999999));
  fields.field("epsilon", config.epsilon, config::above(0.0));
}

void describe(config::Fields& fields, EmaConfig& config) {
  fields.field("decay", config.decay, config::between(0.0, 1.0));
  fields.field("inv_gamma", config.inv_gamma, config::above(0.0));
  fields.field("power", config.power, config::above(0.0));
}

void describe(config::Fields& fields, PreviewConfig& config) {
  fields.field("every", config.every, config::Never::allowed);
  fields.field("prompts", config.prompts);
  fields.field("images", config.images, config::between<std::int64_t>(1, 64));
  fields.field("steps", config.steps, config::between<std::int64_t>(1, 1000));
  fields.field("guidance_scale", config.guidance_scale, config::between(0.0, 100.0));
}

void describe(config::Fields& fields, TrainConfig& config) {
  fields.field("init_from", config.init_from);
  fields.field("steps", config.steps, config::between<std::int64_t>(1, kMost));
  fields.field("epochs", config.epochs, config::above(0.0));
  fields.field("batch_size", config.batch_size, config::between<std::int64_t>(1, 1'000'000));
  fields.field("micro_batch", config.micro_batch, config::at_least<std::int64_t>(1));
  fields.section("optimizer", config.optimizer);
  fields.field("warmup_steps", config.warmup_steps, config::between<std::int64_t>(0, kMost));
  fields.field("lr_schedule", config.lr_schedule, {"cosine", "constant"});
  fields.field("max_grad_norm", config.max_grad_norm, config::at_least(0.0));
  fields.field("precision", config.precision, {"fp32", "bf16", "auto"});
  fields.field("cuda_graphs", config.cuda_graphs);
  fields.field("gradient_checkpointing", config.gradient_checkpointing);
  fields.field("timestep_shift", config.timestep_shift, config::above(0.0));
  fields.field("timestep_logit_std", config.timestep_logit_std, config::above(0.0));
  fields.field("caption_dropout", config.caption_dropout, config::between(0.0, 1.0));
  fields.section("ema", config.ema);
  fields.section("preview", config.preview);
  fields.field("log_every", config.log_every, config::Never::refused);
  fields.field("checkpoint_every", config.checkpoint_every, config::Never::refused);
  fields.field("keep_checkpoints", config.keep_checkpoints, config::between<std::int64_t>(1, kMost));
  fields.field("validate_every", config.validate_every, config::Never::allowed);
  fields.field("validation_glyphs", config.validation_glyphs, config::between<std::int64_t>(1, kMost));
  fields.field("keep_best", config.keep_best);
  fields.field("max_minutes", config.max_minutes, config::above(0.0));
  fields.field("max_loss_factor", config.max_loss_factor, config::at_least(0.0));
  fields.field("max_bad_steps", config.max_bad_steps, config::between<std::int64_t>(1, kMost));
}

void validate(const TrainConfig& config) {
  if (config.steps.has_value() == config.epochs.has_value())
    throw ConfigError(cat("`train.steps` and `train.epochs`: ", config.steps ? "both are" : "neither is",
                          " given, expected exactly one of them"));
  if (config.epochs && *config.epochs > kMostEpochs)
    throw ConfigError(
        cat("`train.epochs` is ", shortest(*config.epochs), ", expected at most ", kMostEpochs));
  if (config.micro_batch && config.batch_size % *config.micro_batch != 0)
    throw ConfigError(cat("`train.batch_size` is ", config.batch_size,
                          ", expected a multiple of `train.micro_batch` (", *config.micro_batch, ")"));
  if (config.keep_best && config.validate_every.never())
    throw ConfigError("`train.keep_best` is true, expected a `train.validate_every` above 0 with it");
  if (config.max_loss_factor > 0 && config.max_loss_factor <= 1)
    throw ConfigError(cat("`train.max_loss_factor` is ", shortest(config.max_loss_factor),
                          ", expected a number above 1, or 0 for no limit"));
}

double steps_per_epoch(const TrainConfig& config, std::int64_t training_glyphs) {
  return static_cast<double>(training_glyphs) / static_cast<double>(config.batch_size);
}

std::vector<std::string> settings_without_effect(const TrainConfig& config, std::int64_t total,
                                                 std::int64_t training_glyphs) {
  std::vector<std::string> found;
  if (config.warmup_steps > total)
    found.push_back(cat("`train.warmup_steps` is ", config.warmup_steps, ", the run has ", total,
                        " steps: the learning rate will not reach `train.optimizer.learning_rate`"));
  const std::int64_t validation = config.validate_every.steps(steps_per_epoch(config, training_glyphs));
  if (config.keep_best && validation > total)
    found.push_back(cat("`train.keep_best` will keep no model: `train.validate_every` comes to ", validation,
                        " steps, the run has ", total));
  return found;
}

std::int64_t total_steps(const TrainConfig& config, std::int64_t training_glyphs) {
  if (config.steps) return *config.steps;
  const double samples = *config.epochs * static_cast<double>(training_glyphs);
  return std::max<std::int64_t>(1, std::llround(samples / static_cast<double>(config.batch_size)));
}

}  // namespace glyffuser

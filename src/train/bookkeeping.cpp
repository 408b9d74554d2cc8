#include "glyffuser/train/bookkeeping.hpp"

#include <limits>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/train/model_card.hpp"
#include "glyffuser/train/run_facts.hpp"

namespace glyffuser {

Bookkeeping::Bookkeeping(const RunParts& parts, const Run& run, Trainer& trainer, const TrainOptions& options)
    : parts_(parts),
      config_(parts.config.train),
      run_(run),
      trainer_(trainer),
      metrics_(run.metrics_file(), trainer.state().step),
      preview_(config_.preview, parts.captions ? &parts.captions->encoder() : nullptr),
      validation_(parts.glyphs, config_.validation_glyphs, config_.micro_batch.value_or(config_.batch_size),
                  parts.config.scheduler.num_train_timesteps),
      report_(metrics_, config_, static_cast<std::int64_t>(parts.glyphs.training().size()), parts.total_steps,
              trainer.state(), options.quiet, parts.device),
      page_(run.folder(), trainer.state().step, parts.total_steps),
      best_(std::filesystem::exists(run.best_folder()) ? trainer.state().best_validation_loss : std::nullopt),
      saved_step_(trainer.state().step) {
  const RunFacts facts = run_facts(parts.config, options.resolved_config, parts.glyphs, trainer.model(),
                                   parts.total_steps, parts.device);
  metrics_.write(trainer.state().step, "run", facts.numbers, facts.texts);
  if (config_.keep_best && validation_.empty())
    log::warning("no glyphs are held out: train.keep_best keeps none");
}

void Bookkeeping::after_step(const TrainStep& result) {
  report_.step(result, trainer_.state());
  const bool validates = !validation_.empty() && due(config_.validate_every);
  const bool draws = due(config_.preview.every), saves = due(config_.checkpoint_every);
  if (validates) validate();
  if (draws) {
    const Ema::Applied averaged(trainer_.ema());
    preview_.write(trainer_.model(), run_.preview_file(trainer_.state().step));
  }
  if (saves) save_checkpoint();
  page_.update(trainer_.state().step, validates || draws || saves);
}

void Bookkeeping::stop(Stop why) {
  report_.pause();
  if (trainer_.state().step != saved_step_) save_checkpoint();
  log::info(cat("stopped at step ", trainer_.state().step,
                why == Stop::out_of_time ? " after train.max_minutes" : "", "; the same command ",
                run_.goes_back() ? "without --resume " : "", "goes on from here (at most ",
                peak_memory_line(parts_.device), " of memory were in use)"));
}

std::filesystem::path Bookkeeping::finish() {
  report_.pause();
  if (trainer_.state().step != saved_step_) save_checkpoint();
  save_averaged_model(run_.model_folder());
  page_.finish();
  log::info(cat("finished after step ", trainer_.state().step, ", ", human_seconds(metrics_.seconds()),
                "; at most ", peak_memory_line(parts_.device), " of memory were in use"));
  return run_.model_folder();
}

bool Bookkeeping::due(const Period& period) const {
  const auto training = static_cast<std::int64_t>(parts_.glyphs.training().size());
  const std::int64_t every = period.steps(steps_per_epoch(config_, training));
  return every > 0 && trainer_.state().step % every == 0;
}

void Bookkeeping::validate() {
  double loss = 0;
  {
    const Ema::Applied averaged(trainer_.ema());
    const MetricsRecord record = validation_.run(trainer_);
    report_.validation(record, trainer_.state());
    loss = record.front().second;
  }
  // A loss that is no number is no better one.
  if (!config_.keep_best || !(loss < best_.value_or(std::numeric_limits<double>::infinity()))) return;
  save_averaged_model(run_.best_folder());
  best_ = loss;
}

void Bookkeeping::save_checkpoint() {
  Checkpoint checkpoint = trainer_.checkpoint();
  checkpoint.environment = parts_.environment;
  checkpoint.state.sums = report_.sums();
  checkpoint.state.best_validation_loss = best_;
  metrics_.sync();
  run_.save(checkpoint, config_.keep_checkpoints);
  saved_step_ = checkpoint.state.step;
}

void Bookkeeping::save_averaged_model(const std::filesystem::path& folder) {
  const Ema::Applied averaged(trainer_.ema());
  Model model = trainer_.model();
  model.info.steps = trainer_.state().step;
  model.info.samples = trainer_.state().samples;
  save_model(folder, model,
             {.text_encoder = text_encoder_folder(parts_.config.text_encoder),
              .card = model_card(parts_.config, model, parts_.glyphs),
              .dtype = parts_.config.output.weights == "float16" ? torch::kFloat16 : torch::kFloat32,
              .max_length = parts_.config.text_encoder.max_length});
}

}  // namespace glyffuser

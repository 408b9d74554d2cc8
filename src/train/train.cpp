#include "glyffuser/train/train.hpp"

#include <memory>
#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/data/batches.hpp"
#include "glyffuser/train/initial_weights.hpp"
#include "glyffuser/train/model_card.hpp"
#include "glyffuser/train/preview.hpp"
#include "glyffuser/train/reporter.hpp"
#include "glyffuser/train/run.hpp"
#include "glyffuser/train/trainer.hpp"
#include "glyffuser/train/training_captions.hpp"
#include "glyffuser/train/validation.hpp"

namespace glyffuser {
namespace {

void describe_run(const RunConfig& config, const GlyphSet& glyphs, const Trainer& trainer, std::int64_t total,
                  const torch::Device& device) {
  const Model& model = trainer.model();
  log::info(version_line());
  log::info(cat(parameter_count(*model.unet), " parameters in ", model.unet->config().class_name, ", ",
                config.train.precision, " on ", device.str(),
                device.is_cpu() ? cat(" with ", torch::get_num_threads(), " threads") : ""));
  log::info(cat(glyphs.training().size(), " glyphs to train on, ", glyphs.held_out().size(), " held out, ",
                glyphs.captions().size(), " captions; ", total, " steps of ", config.train.batch_size, " (",
                fixed(static_cast<double>(total * config.train.batch_size) /
                          static_cast<double>(glyphs.training().size()),
                      1),
                " epochs)"));
  if (config.train.precision == "bf16" && !has_fast_bf16(device))
    log::warning(
        "this processor has no bf16 instructions: train.precision bf16 will be many times slower than fp32");
}

void save_finished_model(const RunConfig& config, const Run& run, Trainer& trainer, const GlyphSet& glyphs) {
  const Ema::Applied averaged(trainer.ema());
  Model model = trainer.model();
  model.info.steps = trainer.state().step;
  model.info.samples = trainer.state().samples;
  save_model(run.model_folder(), model,
             {.text_encoder = text_encoder_folder(config.text_encoder),
              .card = model_card(config, model, glyphs),
              .dtype = config.output.weights == "float16" ? torch::kFloat16 : torch::kFloat32});
}

bool due(std::int64_t step, std::int64_t every) {
  return every > 0 && step % every == 0;
}

}  // namespace

void train(const RunConfig& config, const TrainOptions& options, const torch::Device& device,
           const Cancellation& cancelled, const std::function<void(const std::string&)>& written) {
  const GlyphSet glyphs = load_glyphs(config.data);
  const std::int64_t total = total_steps(config.train, static_cast<std::int64_t>(glyphs.training().size()));
  std::optional<Run> run;
  if (!options.dry_run) run.emplace(config.output, options.resolved_config, options.resume);
  std::unique_ptr<TrainingCaptions> captions;
  if (config.network.unet.is_conditional())
    captions = std::make_unique<TrainingCaptions>(config, glyphs, device);
  Trainer trainer(config, captions.get(), total, device);
  describe_run(config, glyphs, trainer, total, device);
  const std::optional<Checkpoint> saved = run ? run->take_checkpoint() : std::nullopt;
  if (saved) {
    trainer.load(*saved);
    log::info(cat("going on from step ", trainer.state().step));
  } else if (config.train.init_from) {
    start_from_model(trainer, *config.train.init_from, config.network);
    log::info(cat("beginning with the weights of ", *config.train.init_from));
  }
  if (options.dry_run) return;

  Metrics metrics(run->metrics_file(), trainer.state().step);
  const Preview preview(config.train.preview, captions ? &captions->encoder() : nullptr);
  const Validation validation(glyphs, config.train.validation_glyphs, config.train.batch_size,
                              config.scheduler.num_train_timesteps);
  Reporter report(metrics, config.train, static_cast<std::int64_t>(glyphs.training().size()), total,
                  trainer.state().step, options.quiet);
  Batches batches(glyphs, SampleOrder(glyphs.training(), static_cast<std::uint64_t>(config.seed)),
                  config.train.batch_size, trainer.state().samples);

  while (trainer.state().step < total && !cancelled) {
    report.step(trainer.step(batches.next()), trainer.state());
    const std::int64_t step = trainer.state().step;
    if (!validation.empty() && due(step, config.train.validate_every)) {
      const Ema::Applied averaged(trainer.ema());
      metrics.write(step, "validation", validation.run(trainer));
    }
    if (due(step, config.train.preview.every)) {
      const Ema::Applied averaged(trainer.ema());
      preview.write(trainer.model(), run->preview_file(step));
    }
    if (due(step, config.train.checkpoint_every))
      run->save(trainer.checkpoint(), config.train.keep_checkpoints);
  }
  report.pause();
  if (!due(trainer.state().step, config.train.checkpoint_every) && trainer.state().step > 0)
    run->save(trainer.checkpoint(), config.train.keep_checkpoints);
  if (cancelled) {
    log::info(cat("stopped at step ", trainer.state().step, "; the same command goes on from here"));
    return;
  }
  save_finished_model(config, *run, trainer, glyphs);
  written(run->model_folder().string());
}

}  // namespace glyffuser

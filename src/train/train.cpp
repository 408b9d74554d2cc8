#include "glyffuser/train/train.hpp"

#include <chrono>
#include <memory>
#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/data/batches.hpp"
#include "glyffuser/train/dry_run.hpp"
#include "glyffuser/train/initial_weights.hpp"
#include "glyffuser/train/memory_advice.hpp"
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

void save_averaged_model(const RunConfig& config, const std::filesystem::path& folder, Trainer& trainer,
                         const GlyphSet& glyphs) {
  const Ema::Applied averaged(trainer.ema());
  Model model = trainer.model();
  model.info.steps = trainer.state().step;
  model.info.samples = trainer.state().samples;
  save_model(folder, model,
             {.text_encoder = text_encoder_folder(config.text_encoder),
              .card = model_card(config, model, glyphs),
              .dtype = config.output.weights == "float16" ? torch::kFloat16 : torch::kFloat32});
}

/// Records the losses of the averaged weights on held-out glyphs, and returns their mean.
double validate(const Validation& validation, Trainer& trainer, Metrics& metrics) {
  const Ema::Applied averaged(trainer.ema());
  const MetricsRecord record = validation.run(trainer);
  metrics.write(trainer.state().step, "validation", record);
  return record.front().second;
}

}  // namespace

void train(const RunConfig& config, const TrainOptions& options, const torch::Device& device,
           const Cancellation& cancelled, const std::function<void(const std::string&)>& written) {
  const auto start = std::chrono::steady_clock::now();
  const GlyphSet glyphs = load_glyphs(config.data);
  const std::int64_t total = total_steps(config.train, static_cast<std::int64_t>(glyphs.training().size()));
  std::optional<Run> run;
  if (!options.dry_run) run.emplace(config.output, options.resolved_config, options.resume);
  std::unique_ptr<TrainingCaptions> captions;
  if (config.network.unet.is_conditional())
    captions = std::make_unique<TrainingCaptions>(config, glyphs, device);
  Trainer trainer(config, captions.get(), total, device);
  describe_run(config, glyphs, trainer, total, device);
  if (const auto saved = run ? run->take_checkpoint() : std::nullopt) {
    trainer.load(*saved);
    log::info(cat("going on from step ", trainer.state().step));
  } else if (config.train.init_from) {
    start_from_model(trainer, *config.train.init_from, config.network);
    log::info(cat("beginning with the weights of ", *config.train.init_from));
  }
  if (options.dry_run) {
    written(trim(options.resolved_config + try_out(trainer, glyphs, captions.get(), config, total, device)));
    return;
  }

  Metrics metrics(run->metrics_file(), trainer.state().step);
  const Preview preview(config.train.preview, captions ? &captions->encoder() : nullptr);
  const Validation validation(glyphs, config.train.validation_glyphs,
                              config.train.micro_batch.value_or(config.train.batch_size),
                              config.scheduler.num_train_timesteps);
  if (config.train.keep_best && validation.empty())
    log::warning("no glyphs are held out: train.keep_best keeps none");
  Reporter report(metrics, config.train, static_cast<std::int64_t>(glyphs.training().size()), total,
                  trainer.state(), options.quiet);
  Batches batches(glyphs, SampleOrder(glyphs.training(), static_cast<std::uint64_t>(config.seed)),
                  config.train.batch_size, trainer.state().samples);

  const auto due = [&](const Period& period) {
    const std::int64_t every = period.steps(static_cast<double>(glyphs.training().size()) /
                                            static_cast<double>(config.train.batch_size));
    return every > 0 && trainer.state().step % every == 0;
  };
  const auto out_of_time = [&] {
    const std::chrono::duration<double, std::ratio<60>> minutes = std::chrono::steady_clock::now() - start;
    return config.train.max_minutes && minutes.count() >= *config.train.max_minutes;
  };
  std::optional<double> best = trainer.state().best_validation_loss;
  std::int64_t saved_step = trainer.state().step;
  const auto save = [&] {
    Checkpoint checkpoint = trainer.checkpoint();
    checkpoint.state.sums = report.sums();
    checkpoint.state.best_validation_loss = best;
    metrics.sync();
    run->save(checkpoint, config.train.keep_checkpoints);
    saved_step = checkpoint.state.step;
  };

  while (trainer.state().step < total && !cancelled && !out_of_time()) {
    const TrainStep result = with_memory_advice(config.train, [&] { return trainer.step(batches.next()); });
    report.step(result, trainer.state());
    const std::int64_t step = trainer.state().step;
    if (!validation.empty() && due(config.train.validate_every)) {
      const double loss = validate(validation, trainer, metrics);
      if (config.train.keep_best && (!best || loss < *best)) {
        save_averaged_model(config, run->best_folder(), trainer, glyphs);
        best = loss;
      }
    }
    if (due(config.train.preview.every)) {
      const Ema::Applied averaged(trainer.ema());
      preview.write(trainer.model(), run->preview_file(step));
    }
    if (due(config.train.checkpoint_every)) save();
  }
  report.pause();
  if (trainer.state().step != saved_step) save();
  if (trainer.state().step < total) {
    log::info(cat("stopped at step ", trainer.state().step, cancelled ? "" : " after train.max_minutes",
                  "; the same command goes on from here"));
    return;
  }
  save_averaged_model(config, run->model_folder(), trainer, glyphs);
  written(run->model_folder().string());
}

}  // namespace glyffuser

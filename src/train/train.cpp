#include "glyffuser/train/train.hpp"

#include <memory>
#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/core/version.hpp"
#include "glyffuser/data/batches.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/train/bookkeeping.hpp"
#include "glyffuser/train/data_parallel.hpp"
#include "glyffuser/train/data_warnings.hpp"
#include "glyffuser/train/dry_run.hpp"
#include "glyffuser/train/environment.hpp"
#include "glyffuser/train/initial_weights.hpp"
#include "glyffuser/train/memory_advice.hpp"
#include "glyffuser/train/prepared_batches.hpp"
#include "glyffuser/train/run.hpp"
#include "glyffuser/train/run_facts.hpp"
#include "glyffuser/train/trainer.hpp"
#include "glyffuser/train/training_captions.hpp"

namespace glyffuser {
namespace {

void describe_run(const RunParts& parts, const Model& model, const Communicator& ranks) {
  const auto& [config, glyphs, captions, total, device, environment] = parts;
  log::info(version_line());
  log::info(machine_line(device));
  log::info(cat(parameter_count(*model.unet), " parameters in ", model.unet->config().class_name, ", ",
                config.train.precision, " on ", device.str(),
                ranks.size() > 1 ? cat(", in ", ranks.size(), " processes") : ""));
  log::info(cat(glyphs.training().size(), " glyphs to train on, ", glyphs.held_out().size(), " held out, ",
                glyphs.captions().size(), " captions; ", total, " steps of ", config.train.batch_size, " (",
                fixed(static_cast<double>(total * config.train.batch_size) /
                          static_cast<double>(glyphs.training().size()),
                      1),
                " epochs)"));
  if (config.train.precision == "bf16" && !has_fast_bf16(device))
    log::warning(
        "this processor has no bf16 instructions: train.precision bf16 will be many times slower than fp32");
  if (!ranks.is_first()) return;  // the rest is the same for all of them
  for (const std::string& idle :
       settings_without_effect(config.train, total, static_cast<std::int64_t>(glyphs.training().size())))
    log::warning(idle);
  for (const std::string& oddity : data_warnings(glyphs, captions ? &captions->encoder() : nullptr))
    log::warning(oddity);
}

/// From the run's last checkpoint, or a model's weights, or as the configuration's seed has it.
void begin(Trainer& trainer, const RunParts& parts, Run* run) {
  const TrainConfig& config = parts.config.train;
  if (const auto saved = run ? run->take_checkpoint() : std::nullopt) {
    try {
      trainer.load(*saved);
    } catch (const FileError& mismatch) {
      throw FileError(cat(saved->folder.string(), ": ", mismatch.what()));
    }
    if (saved->state.step > parts.total_steps)
      throw ConfigError(cat(saved->folder.string(), ": is of step ", saved->state.step,
                            ", expected an earlier one for a training of ", parts.total_steps, " steps"));
    for (const std::string& change : environment_warnings(saved->environment, parts.environment))
      log::warning(change);
    if (run->goes_back()) run->go_back_to(*saved, config.keep_checkpoints);
    log::info(cat("going on from step ", trainer.state().step));
  } else if (config.init_from) {
    start_from_model(trainer, *config.init_from, parts.config.network);
    log::info(cat("beginning with the weights of ", *config.init_from));
  }
}

}  // namespace

ExitCode train(const RunConfig& config, const TrainOptions& options, const torch::Device& device,
               const Communicator& ranks, const Cancellation& cancelled,
               const std::function<void(const std::string&)>& written) {
  const StopRequest request(cancelled, config.train.max_minutes);
  GlyphSet glyphs = ranks.first_rank_first("loading the data", [&] { return load_glyphs(config.data); });
  if (device.is_cuda()) glyphs.keep_on(device);
  check_ranks_agree(ranks, config.train, options.resolved_config, glyphs);
  const std::int64_t total = total_steps(config.train, static_cast<std::int64_t>(glyphs.training().size()));
  std::optional<Run> run;
  if (!options.dry_run && ranks.is_first())
    run.emplace(config.output, options.asked_config, options.resolved_config, options.resume);
  std::unique_ptr<TrainingCaptions> captions;
  if (config.network.unet.is_conditional())
    captions = ranks.first_rank_first("loading the captions' states", [&] {
      return std::make_unique<TrainingCaptions>(config, glyphs, device);
    });
  const RunParts parts{
      config, glyphs, captions.get(),
      total,  device, training_environment(config.train, glyphs, captions.get(), device, ranks)};
  Trainer trainer(config, captions.get(), total, device, ranks);
  describe_run(parts, trainer.model(), ranks);
  if (ranks.is_first()) begin(trainer, parts, run ? &*run : nullptr);
  if (options.dry_run) {
    written(trim(options.resolved_config + try_out(trainer, glyphs, captions.get(), config, total, device)));
    return ExitCode::done;
  }
  take_state_of_first_rank(trainer, ranks);
  Batches batches(glyphs, SampleOrder(glyphs.training(), static_cast<std::uint64_t>(config.seed)),
                  config.train.batch_size, trainer.state().samples, ranks.rank(), ranks.size());
  PreparedBatches prepared(trainer, batches);
  std::optional<Bookkeeping> books;
  if (run) books.emplace(parts, *run, trainer, options);

  // Alone, a stop is heard at once; several processes learn of it with the next step, all of the same one.
  const auto heard = [&](Stop by_all) { return ranks.size() == 1 ? request.now() : by_all; };
  Stop stop = heard(Stop::none);
  while (trainer.state().step < total && stop == Stop::none) {
    const TrainStep result = with_memory_advice(
        config.train, [&] { return trainer.step(prepared.next(), request.now()); }, ranks.size());
    if (books) books->after_step(result);
    stop = heard(result.stop);
  }
  if (trainer.state().step < total) {
    if (books) books->stop(stop);
    return exit_code(stop);
  }
  if (books) written(books->finish().string());
  return ExitCode::done;
}

}  // namespace glyffuser

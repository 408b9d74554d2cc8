#include "glyffuser/train/train.hpp"

#include <torch/cuda.h>

#include <algorithm>

#include "common.hpp"
#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser::cli {
namespace {

struct TrainFlags {
  CommonFlags common;
  std::string resume = "auto";
  bool dry_run = false;
  bool dump_config = false;
};

// Of several processes only rank 0 reports; the others say what is wrong, and who they are.
void quieten(const Launch& launch, const std::string& log_level) {
  if (launch.rank == 0) return;
  log::set_level(std::max(log::parse_level(log_level), log::Level::warning));
  log::set_prefix(cat("rank ", launch.rank, ": "));
}

ExitCode run_train(const TrainFlags& flags) {
  apply(flags.common);
  const Launch launch = launch_from_environment();
  quieten(launch, flags.common.log_level);
  Config config;
  config::read(document(flags.common), config);
  resolve(config.run);
  if ((flags.dump_config || flags.dry_run) && launch.rank != 0) return ExitCode::done;
  if (flags.dump_config) {
    print(trim(config::dump(config)));
    return ExitCode::done;
  }
  const torch::Device device =
      parse_device(device_of(launch, flags.common.device, torch::cuda::is_available()));
  const Communicator ranks(flags.dry_run ? Launch{} : launch, device);
  const std::string asked = config::dump(config);
  config.run.train.precision = resolve_precision(config.run.train.precision, device);
  const TrainOptions options{.asked_config = asked,
                             .resolved_config = config::dump(config),
                             .resume = flags.resume,
                             .dry_run = flags.dry_run,
                             .quiet = flags.common.quiet};
  const Cancellation cancelled(/*listens=*/!flags.dry_run);
  const ExitCode code = train(config.run, options, device, ranks, cancelled, print);
  ranks.barrier("waiting for rank 0 to save");
  // To the training a lost terminal is SIGTERM; who waits for the program is told which it was.
  return code == ExitCode::terminated && cancelled ? static_cast<ExitCode>(cancelled.exit_code()) : code;
}

}  // namespace

Command add_train(CLI::App& app) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command = app.add_subcommand("train", "train a model as a YAML configuration says");
  add_common_flags(*command, flags->common, /*config_required=*/true);
  command->add_option("--resume", flags->resume, "auto, never, or a checkpoint folder to go on from")
      ->type_name("auto|never|DIR")
      ->capture_default_str();
  command->add_flag("--dry-run", flags->dry_run,
                    "check everything and say what the run would be, without training");
  command->add_flag("--dump-config", flags->dump_config, "print the resolved configuration and leave");
  return [flags] { return run_train(*flags); };
}

}  // namespace glyffuser::cli

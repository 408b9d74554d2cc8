#include "glyffuser/train/train.hpp"

#include <iostream>

#include "common.hpp"
#include "glyffuser/config/dump.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser::cli {
namespace {

struct TrainFlags {
  CommonFlags common;
  std::string resume = "auto";
  bool dry_run = false;
  bool dump_config = false;
};

ExitCode run_train(const TrainFlags& flags) {
  apply(flags.common);
  Config config;
  config::read(document(flags.common), config);
  resolve(config.run);
  if (flags.dump_config) {
    std::cout << config::dump(config);
    return ExitCode::done;
  }
  const torch::Device device = parse_device(flags.common.device);
  const TrainOptions options{.resolved_config = config::dump(config),
                             .resume = flags.resume,
                             .dry_run = flags.dry_run,
                             .quiet = flags.common.quiet};
  const Cancellation cancelled;
  train(config.run, options, device, cancelled,
        [](const std::string& path) { std::cout << path << std::endl; });
  return static_cast<ExitCode>(cancelled.exit_code());
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

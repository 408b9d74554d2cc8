#include "glyffuser/umap/umap_export.hpp"

#include "common.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser::cli {
namespace {

struct UmapFlags {
  CommonFlags common;
  std::string out;
};

ExitCode run_umap_export(const UmapFlags& flags, const CLI::App& command) {
  apply(flags.common);
  config::Node root = document(flags.common);
  if (command.count("--out")) override_with(root, "umap.out", "--out", flags.out);
  Config config;
  config::read(root, config);
  const torch::Device device = parse_device(flags.common.device);
  const Cancellation cancelled;
  umap_export({.umap = config.umap,
               .data = config.run.data,
               .text_encoder = config.run.text_encoder,
               .seed = config.run.seed},
              device, cancelled, flags.common.quiet, print);
  return static_cast<ExitCode>(cancelled.exit_code());
}

}  // namespace

Command add_umap_export(CLI::App& app) {
  auto flags = std::make_shared<UmapFlags>();
  CLI::App* command =
      app.add_subcommand("umap-export", "map the data set: an interactive page, tables and a figure");
  add_common_flags(*command, flags->common, /*config_required=*/true);
  command->add_option("-o,--out", flags->out, "folder of the results (default: umap)")->type_name("DIR");
  return [flags, command] { return run_umap_export(*flags, *command); };
}

}  // namespace glyffuser::cli

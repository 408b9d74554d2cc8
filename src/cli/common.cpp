#include "common.hpp"

#include <ATen/Parallel.h>
#include <torch/types.h>
#include <iostream>

#include "glyffuser/core/log.hpp"

namespace glyffuser::cli {

void add_common_flags(CLI::App& command, CommonFlags& flags, bool config_required) {
  auto* file = command.add_option("CONFIG", flags.config_file, "configuration (YAML)");
  if (config_required) file->required();
  command.add_option("--set", flags.sets, "set one key over the file's: train.steps=100")
      ->type_name("KEY.PATH=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--device", flags.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  command.add_option("-t,--threads", flags.threads, "CPU threads (default: all cores)")
      ->check(CLI::Range(1, 1024));
  command.add_flag("--quiet", flags.quiet, "no progress, only warnings and errors");
  command.add_option("--log-level", flags.log_level, "debug, info, warning, error or off")
      ->capture_default_str();
}

void apply(const CommonFlags& flags) {
  const log::Level level = log::parse_level(flags.log_level);
  log::set_level(flags.quiet && level < log::Level::warning ? log::Level::warning : level);
  if (flags.threads) torch::set_num_threads(*flags.threads);
}

config::Node document(const CommonFlags& flags) {
  config::Node root = flags.config_file.empty() ? config::parse_text("", "command line")
                                                : config::parse_file(flags.config_file);
  for (const std::string& assignment : flags.sets) config::set(root, assignment);
  return root;
}

namespace {

config::Node empty_node(config::Node::Kind kind, const std::string& place) {
  config::Node node;
  node.kind = kind;
  node.place = place;
  return node;
}

config::Node scalar_node(const std::string& value, const std::string& place) {
  config::Node node = empty_node(config::Node::Kind::scalar, place);
  node.scalar = value;
  return node;
}

}  // namespace

void print(const std::string& line) {
  std::cout << line << std::endl;
  if (!std::cout) throw RunError("standard output cannot be written");
}

void override_with(config::Node& root, const std::string& key, const std::string& flag,
                   const std::string& value) {
  config::value_at(root, key, flag) = scalar_node(value, flag);
}

void override_with(config::Node& root, const std::string& key, const std::string& flag,
                   const std::vector<std::string>& values) {
  config::Node list = empty_node(config::Node::Kind::sequence, flag);
  for (const std::string& value : values) list.items.push_back(scalar_node(value, flag));
  config::value_at(root, key, flag) = std::move(list);
}

}  // namespace glyffuser::cli

#include "glyffuser/sample/sample.hpp"

#include <unistd.h>

#include <filesystem>

#include "common.hpp"
#include "glyffuser/config/reader.hpp"
#include "glyffuser/core/signals.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/sample/serve.hpp"
#include "glyffuser/tensor/device.hpp"

namespace glyffuser::cli {
namespace {

/// A named flag and the key of the `sample` section that it stands for; its text goes through the same
/// checks.
struct ValueFlag {
  const char* names;
  const char* key;
  const char* type;
  const char* help;
};

constexpr ValueFlag kValueFlags[] = {
    {"-m,--model", "model", "DIR", "model folder (default: the bundled one)"},
    {"--text-encoder", "text_encoder", "DIR",
     "folder with text_encoder/ and tokenizer/ (default: the model's)"},
    {"--prompts", "prompts_file", "FILE|-",
     "prompts: .txt one a line, .csv and .jsonl with settings of their own; - answers JSON lines on stdin"},
    {"--negative-prompt", "negative_prompt", "TEXT", "what guidance leads away from"},
    {"-n,--num-images", "num_images", "N", "pictures per prompt"},
    {"--seeds", "seeds", "LIST", "seeds of each prompt's pictures, such as 0-63,70"},
    {"--scheduler", "scheduler", "NAME", "ddim, dpmsolver++, … (default: the model's own)"},
    {"-g,--guidance-scale", "guidance_scale", "W", "how much the text counts; 1 is off"},
    {"-o,--out", "out", "PATH", "a folder, or one FILE.png (default: samples/<prompt>)"},
    {"--grid", "grid", "FILE.png", "the labelled grid (default: grid.png in the folder)"},
    {"--animation", "animation", "FILE",
     "the way from noise to pictures as .webp or .gif, and as a contact sheet"},
    {"--init", "init", "CHAR|FILE", "a character or a picture to draw from"},
    {"--strength", "strength", "X", "0 to 1: how much of it is drawn anew (default: 0.8, with --keep 1)"},
    {"--keep", "keep", "PART|FILE", "left, right, top, bottom or a mask (black stays): what of --init stays"},
    {"--preview", "preview", "FILE.png", "the current state, rewritten every few steps"},
    {"--shard", "shard", "i/n", "only the i-th, from 0, of n parts of the job"},
    {"--noise", "noise", "FILE", "initial noise [N,1,H,W] as safetensors, tensor `noise`"},
    {"--raw", "raw", "FILE", "also write the float results as safetensors, tensor `images`"},
};

/// A flag without a value; its key in the `sample` section has the same name.
struct SwitchFlag {
  const char* name;
  const char* help;
};

constexpr SwitchFlag kSwitchFlags[] = {
    {"--overwrite", "replace files that hold other pictures"},
    {"--json", "a JSON line for each picture instead of its path"},
    {"--nearest", "say of each picture which real glyph it resembles, of all that the font draws"},
    {"--svg", "outlines beside the pictures, by the program potrace"},
};

struct SampleFlags {
  CommonFlags common;
  std::vector<std::string> prompts;
  std::string steps;
  std::string seed;
  bool describe = false;
  std::vector<std::string> values = std::vector<std::string>(std::size(kValueFlags));
};

/// A configuration that is not there is most likely a prompt, or a part of one.
void check_config_file(const std::string& file) {
  std::error_code ignored;
  if (!file.empty() && std::filesystem::status(file, ignored).type() == std::filesystem::file_type::not_found)
    throw ConfigError(
        cat(file, ": cannot be read: No such file or directory, expected a configuration file", kPromptHint));
}

Config read_config(const SampleFlags& flags, const CLI::App& command) {
  check_config_file(flags.common.config_file);
  config::Node root = document(flags.common);
  if (!flags.prompts.empty()) override_with(root, "sample.prompts", "--prompt", flags.prompts);
  if (command.count("--steps")) override_with(root, "sample.steps", "--steps", split(flags.steps, ','));
  if (command.count("--seed")) override_with(root, "sample.seed", "--seed", flags.seed);
  // A flag replaces the file's value: other prompts there would be drawn as well, a list of seeds there would
  // otherwise win over these.
  if (command.count("--prompt") && !command.count("--prompts"))
    override_with(root, "sample.prompts_file", "--prompt", std::string());
  if (command.count("--prompts") && !command.count("--prompt"))
    override_with(root, "sample.prompts", "--prompts", std::vector<std::string>());
  for (const char* flag : {"--seed", "--num-images"})
    if (command.count(flag) && !command.count("--seeds"))
      override_with(root, "sample.seeds", flag, std::string());
  for (const SwitchFlag& flag : kSwitchFlags) {
    if (command.count(flag.name))
      override_with(root, cat("sample.", flag.name + 2), flag.name, std::string("true"));
  }
  for (std::size_t i = 0; i < std::size(kValueFlags); ++i) {
    const std::string name = split(kValueFlags[i].names, ',').back();
    if (command.count(name)) override_with(root, cat("sample.", kValueFlags[i].key), name, flags.values[i]);
  }
  Config config;
  config::read(root, config);
  return config;
}

ExitCode run_sample(const SampleFlags& flags, const CLI::App& command) {
  apply(flags.common);
  const Config config = read_config(flags, command);
  const torch::Device device = parse_device(flags.common.device);
  if (flags.describe) {
    print(trim(describe_model(config.sample)));
    return ExitCode::done;
  }
  const Cancellation cancelled;
  ExitCode code = ExitCode::done;
  if (config.sample.prompts_file == "-") {
    LineInput input(STDIN_FILENO, [&] { return static_cast<bool>(cancelled); });
    code = serve_requests(config.sample, config.run.data, device, cancelled, input, print);
  } else {
    sample_pictures(config.sample, config.run.data, device, cancelled, flags.common.quiet, print);
  }
  return cancelled ? static_cast<ExitCode>(cancelled.exit_code()) : code;
}

}  // namespace

Command add_sample(CLI::App& app) {
  auto flags = std::make_shared<SampleFlags>();
  CLI::App* command = app.add_subcommand("sample", "draw glyphs from prompts");
  add_common_flags(*command, flags->common, /*config_required=*/false);
  command->add_option("-p,--prompt", flags->prompts, "what to draw; may be given several times")
      ->type_name("TEXT")
      ->expected(1)
      ->allow_extra_args(false)  // else "[gold, water]" would be taken for two
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("-s,--steps", flags->steps, "denoising steps; a list draws each picture once per number")
      ->type_name("N[,N...]");
  command->add_option("--seed", flags->seed, "seed of the first picture; picture k has seed S + k")
      ->type_name("S");
  for (std::size_t i = 0; i < std::size(kValueFlags); ++i) {
    command->add_option(kValueFlags[i].names, flags->values[i], kValueFlags[i].help)
        ->type_name(kValueFlags[i].type);
  }
  for (const SwitchFlag& flag : kSwitchFlags) command->add_flag(flag.name, flag.help);
  command->add_flag("--describe", flags->describe, "say what the model is, and draw nothing");
  return [flags, command] { return run_sample(*flags, *command); };
}

}  // namespace glyffuser::cli

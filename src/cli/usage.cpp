#include "usage.hpp"

#include <algorithm>

#include "common.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser::cli {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> long_flags(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back(cat("--", name));
  return flags;
}

/// Of words before a command, or in its place.
std::string wrong_command(const CLI::App& app, const std::vector<std::string>& words) {
  const std::vector<std::string> names = command_names(app);
  const std::string expected = cat(", expected one of ", join(names, ", "));
  if (words.empty()) return cat("no command is given", expected);
  const std::string& word = words.front();
  if (word.starts_with('-'))
    return cat(word, ": comes before any command", expected, suggestion(word, long_flags(app)));
  return cat(word, ": unknown command", expected, suggestion(word, names));
}

std::string one_too_many(const CLI::App& command, const std::string& word) {
  return cat(word, ": is one argument too many, expected a single configuration file",
             command.get_option_no_throw("--prompt") ? kPromptHint : "");
}

/// Of words that the command has no place for.
std::string superfluous_word(const CLI::App& command) {
  const std::vector<std::string> words = command.remaining();
  const std::string word = *std::find_if(words.begin(), words.end(), [](auto& any) { return any != "--"; });
  if (!word.starts_with('-')) return one_too_many(command, word);
  const std::string flag = word.substr(0, word.find('='));
  return cat(flag, ": unknown flag, expected one that ", command.get_name(), " --help lists",
             suggestion(flag, long_flags(command)));
}

/// Of a flag with more or fewer values than it takes; CLI11's message begins with its name.
std::string miscounted_flag(const CLI::App& command, const std::string& message) {
  const std::string name = split(message, ':').front();
  const CLI::Option* flag = command.get_option_no_throw(name);
  if (!flag) return message;
  if (flag->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw && flag->count() > 1)
    return cat(name, ": is given ", flag->count(), " times, expected once");
  return cat(name, ": nothing follows, expected ", flag->get_type_name());
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& failure,
                        std::string_view first_argument) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const std::vector<std::string> words = app.remaining();
  const bool begins_with_command = !chosen.empty() && chosen.front()->get_name() == first_argument;
  if (chosen.empty() || (!words.empty() && !begins_with_command)) return wrong_command(app, words);
  const CLI::App& command = *chosen.front();
  if (!words.empty()) return one_too_many(command, words.front());  // they stood after `--`
  if (dynamic_cast<const CLI::ExtrasError*>(&failure)) return superfluous_word(command);
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&failure)) return miscounted_flag(command, failure.what());
  if (dynamic_cast<const CLI::RequiredError*>(&failure))
    return cat(command.get_name(), ": ", failure.what(), ", expected a configuration file");
  return failure.what();
}

}  // namespace glyffuser::cli

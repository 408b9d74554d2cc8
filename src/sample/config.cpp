#include "glyffuser/sample/config.hpp"

#include <charconv>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

constexpr std::uint64_t kMostSeeds = 100'000'000;

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void append_range(const std::string& part, const std::string& whole, std::vector<std::uint64_t>& seeds) {
  const auto dash = part.find('-');
  const auto first = whole_number(trim(part.substr(0, dash)));
  const auto last = dash == std::string::npos ? first : whole_number(trim(part.substr(dash + 1)));
  if (!first || !last || *last < *first || *last - *first >= kMostSeeds)
    throw ConfigError(
        cat("seeds `", whole, "`: `", part, "` is not a seed or a range, expected a list such as 0-63,70"));
  for (std::uint64_t seed = *first; seed <= *last; ++seed) seeds.push_back(seed);
}

void check_utf8(const std::string& prompt, const std::string& where) {
  try {
    decode_utf8(prompt);
  } catch (const std::invalid_argument& failure) {
    throw ConfigError(cat(where, ": ", failure.what(), ", expected a prompt in UTF-8"));
  }
}

}  // namespace

void describe(config::Fields& fields, SampleConfig& config) {
  fields.field("model", config.model);
  fields.field("text_encoder", config.text_encoder);
  fields.field("prompts", config.prompts);
  fields.field("prompts_file", config.prompts_file);
  fields.field("negative_prompt", config.negative_prompt);
  fields.field("num_images", config.num_images, config::between<std::int64_t>(1, kMostSeeds));
  fields.field("seed", config.seed, config::at_least<std::int64_t>(0));
  fields.field("seeds", config.seeds);
  fields.field("steps", config.steps, config::between<std::int64_t>(1, 1'000'000));
  fields.field("scheduler", config.scheduler);
  fields.field("eta", config.eta, config::between(0.0, 1.0));
  fields.field("timestep_spacing", config.timestep_spacing, {"trailing", "leading", "linspace"});
  fields.field("guidance_scale", config.guidance_scale, config::between(0.0, 100.0));
  fields.field("guidance_rescale", config.guidance_rescale, config::between(0.0, 1.0));
  fields.field("precision", config.precision, {"fp32", "bf16"});
  fields.field("batch_size", config.batch_size, config::between<std::int64_t>(1, 100'000));
  fields.field("out", config.out);
  fields.field("grid", config.grid);
  fields.field("overwrite", config.overwrite);
  fields.field("noise", config.noise);
  fields.field("raw", config.raw);
}

std::vector<std::uint64_t> seed_list(const SampleConfig& config) {
  std::vector<std::uint64_t> seeds;
  if (!config.seeds.empty()) {
    for (const std::string& part : split(config.seeds, ',')) append_range(part, config.seeds, seeds);
    return seeds;
  }
  for (std::int64_t i = 0; i < config.num_images; ++i)
    seeds.push_back(static_cast<std::uint64_t>(config.seed + i));
  return seeds;
}

std::vector<std::string> prompt_list(const SampleConfig& config) {
  std::vector<std::string> prompts = config.prompts;
  for (const std::string& prompt : prompts) check_utf8(prompt, "prompt");
  if (config.prompts_file.empty()) return prompts;
  std::string content;
  try {
    content = read_file(config.prompts_file);
  } catch (const FileError& failure) {
    throw ConfigError(failure.what());
  }
  std::size_t number = 0;
  for (const std::string& line : split(content, '\n')) {
    ++number;
    check_utf8(line, cat(config.prompts_file, ":", number));
    if (const std::string prompt = trim(line); !prompt.empty()) prompts.push_back(prompt);
  }
  if (prompts.size() == config.prompts.size())
    throw ConfigError(cat(config.prompts_file, ": holds no prompt, expected one a line"));
  return prompts;
}

}  // namespace glyffuser

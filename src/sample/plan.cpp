#include "glyffuser/sample/plan.hpp"

#include <cmath>
#include <set>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

std::string folder_name(const std::string& prompt, bool conditional) {
  return conditional ? slug(prompt) : "unconditional";
}

/// Where the pictures of one prompt go: one prompt fills the folder itself, several get one each.
fs::path prompt_folder(const SampleConfig& config, const std::string& prompt, std::size_t prompts,
                       bool conditional) {
  const fs::path base = config.out.empty() ? "samples" : config.out;
  const bool own_folder = config.out.empty() || prompts > 1;
  return own_folder ? base / folder_name(prompt, conditional) : base;
}

std::string file_name(std::uint64_t seed, std::int64_t steps, bool several_steps) {
  return several_steps ? cat("seed-", seed, "-steps-", steps, ".png") : cat("seed-", seed, ".png");
}

/// The grid's shape: prompts down and seeds across; with several numbers of steps these go across and each
/// prompt has a row per seed; one prompt alone is laid out as a near square.
class Layout {
 public:
  Layout(std::size_t prompts, std::size_t seeds, std::size_t steps)
      : seeds_(seeds), by_steps_(steps > 1), square_(prompts == 1 && steps == 1 && seeds > 4) {
    width_ = square_ ? static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(seeds)))) : seeds;
  }
  bool by_steps() const { return by_steps_; }
  bool square() const { return square_; }
  std::size_t row(std::size_t prompt, std::size_t seed) const {
    if (square_) return seed / width_;
    return by_steps_ ? prompt * seeds_ + seed : prompt;
  }
  std::size_t column(std::size_t seed, std::size_t step) const {
    if (square_) return seed % width_;
    return by_steps_ ? step : seed;
  }

 private:
  std::size_t seeds_;
  bool by_steps_;
  bool square_;
  std::size_t width_ = 0;
};

void label(SamplePlan& plan, const Layout& layout, const std::vector<std::string>& prompts,
           const std::vector<std::uint64_t>& seeds, const std::vector<std::int64_t>& steps) {
  if (layout.square()) return;
  for (const std::string& prompt : prompts) {
    if (!layout.by_steps()) plan.row_labels.push_back(prompt);
    for (const std::uint64_t seed : seeds) {
      if (layout.by_steps()) plan.row_labels.push_back(seeds.size() > 1 ? cat(prompt, " · ", seed) : prompt);
    }
  }
  if (layout.by_steps()) {
    for (const std::int64_t count : steps)
      plan.column_labels.push_back(cat(count, count == 1 ? " step" : " steps"));
  } else {
    for (const std::uint64_t seed : seeds) plan.column_labels.push_back(cat(seed));
  }
}

}  // namespace

SamplePlan plan_samples(const SampleConfig& config, bool conditional) {
  std::vector<std::string> prompts = prompt_list(config);
  if (conditional && prompts.empty())
    throw ConfigError("there is no prompt, expected --prompt TEXT, --prompts FILE or `sample.prompts`");
  if (!conditional && !prompts.empty())
    throw ConfigError(cat("prompt `", prompts.front(), "`: the model is unconditional and takes none"));
  if (!conditional) prompts = {""};
  const std::vector<std::uint64_t> seeds = seed_list(config);
  const Layout layout(prompts.size(), seeds.size(), config.steps.size());
  const bool one_file = fs::path(config.out).extension() == ".png";

  SamplePlan plan;
  std::set<fs::path> files;
  for (std::size_t s = 0; s < config.steps.size(); ++s) {
    for (std::size_t p = 0; p < prompts.size(); ++p) {
      for (std::size_t k = 0; k < seeds.size(); ++k) {
        Picture picture{prompts[p], seeds[k], config.steps[s], {}, layout.row(p, k), layout.column(k, s)};
        picture.file = prompt_folder(config, prompts[p], prompts.size(), conditional) /
                       file_name(seeds[k], config.steps[s], config.steps.size() > 1);
        if (!files.insert(picture.file).second)
          throw ConfigError(cat("prompt `", prompts[p], "` with seed ", seeds[k], " and ", config.steps[s],
                                " steps is asked for twice"));
        if (one_file) picture.file.clear();
        plan.pictures.push_back(std::move(picture));
      }
    }
  }
  label(plan, layout, prompts, seeds, config.steps);

  const bool single = plan.pictures.size() == 1;
  if (one_file && single) {
    plan.pictures.front().file = config.out;
  } else if (one_file) {
    plan.grid = config.out;
  }
  if (!config.grid.empty()) {
    plan.grid = config.grid;
  } else if (!one_file && !single) {
    plan.grid = (prompts.size() > 1 ? (config.out.empty() ? fs::path("samples") : fs::path(config.out))
                                    : prompt_folder(config, prompts.front(), 1, conditional)) /
                "grid.png";
  }
  return plan;
}

}  // namespace glyffuser

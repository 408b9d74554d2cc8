#include "glyffuser/sample/plan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/image/png.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

// Cells. A grid of more is no picture that anybody looks at, and would fill the memory.
constexpr std::uint64_t kMostInGrid = 1024;
constexpr std::uint64_t kMostInAskedGrid = 16'384;
constexpr std::size_t kMostAcross = 32;              // seeds
constexpr std::uint64_t kMostPictures = 10'000'000;  // whose names are compared, eight bytes for each

std::string number_of_steps(std::int64_t steps) {
  return cat(steps, steps == 1 ? " step" : " steps");
}

std::string before(const std::string& place) {
  return place.empty() ? "" : cat(place, ": ");
}

}  // namespace

Plan::Plan(const SampleConfig& config, Requests requests, bool conditional)
    : requests_(std::move(requests)),
      conditional_(conditional),
      out_(config.out),
      one_file_(is_one_picture(config)),
      serving_(config.prompts_file == "-") {
  if (conditional_ && requests_.size() == 0)
    throw ConfigError("there is no prompt, expected --prompt TEXT, --prompts FILE or `sample.prompts`");
  if (requests_.size() == 0)
    requests_ = Requests({.place = {}, .prompt = {}, .file = {}, .settings = config.request});
  measure();
  if (!one_file_) {
    const bool own_folder = out_.empty() && requests_.size() == 1;
    folder_ = own_folder ? prompt_folder(request(0)) : (out_.empty() ? fs::path("samples") : out_);
  }
  check_files();
  choose_grid(config);
}

Request Plan::request(std::size_t index) const {
  Request request = requests_.at(index);
  if (conditional_ && !request.prompt)
    throw ConfigError(cat(before(request.place), "there is no prompt, expected the key `prompt`"));
  if (!conditional_ && request.prompt)
    throw ConfigError(cat(before(request.place), "prompt `", *request.prompt,
                          "`: the model is unconditional and takes none"));
  if (!conditional_ && !request.settings.negative_prompt.empty())
    throw ConfigError(cat(before(request.place), "negative prompt `", request.settings.negative_prompt,
                          "`: the model is unconditional and takes none"));
  if (!conditional_) request.settings.guidance_scale = 1;
  return request;
}

void Plan::measure() {
  const RequestSettings first = request(0).settings;
  const SeedList first_seeds = seed_list(first);
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    const Request one = request(i);
    const SeedList seeds = seed_list(one.settings);
    const auto& [steps, guidance_scale] = std::tie(one.settings.steps, one.settings.guidance_scale);
    size_ += seeds.size() * steps.size();
    if (size_ > kMostPictures)
      throw ConfigError(cat(before(one.place), "more than ", kMostPictures,
                            " pictures are asked for, expected ",
                            "several jobs, each with seeds of its own"));
    for (const std::int64_t count : steps) groups_[{count, guidance_scale}] += seeds.size();
    // Where the requests differ in what goes across, a column means nothing.
    const bool by_steps = first.steps.size() > 1;
    const bool across = by_steps ? steps == first.steps : steps.size() == 1 && seeds == first_seeds;
    differing_.columns = differing_.columns || !across;
    differing_.steps = differing_.steps || steps != first.steps;
    differing_.guidance_scale = differing_.guidance_scale || guidance_scale != first.guidance_scale;
    const GridLayout cells = cells_of(one);
    layout_.square = cells.square;
    layout_.rows += cells.rows;
    layout_.columns = std::max(layout_.columns, cells.columns);
  }
}

GridLayout Plan::cells_of(const Request& request) const {
  const std::size_t seeds = seed_list(request.settings).size();
  const std::size_t steps = request.settings.steps.size();
  if (steps > 1) return {.square = false, .rows = seeds, .columns = steps};
  const bool square = requests_.size() == 1 && seeds > 4;
  const auto side = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(seeds))));
  const std::size_t columns = square ? side : std::min(seeds, kMostAcross);
  return {.square = square, .rows = (seeds + columns - 1) / columns, .columns = columns};
}

fs::path Plan::prompt_folder(const Request& request) const {
  const fs::path base = out_.empty() ? "samples" : out_;
  const bool own_folder = out_.empty() || serving_ || requests_.size() > 1;
  return own_folder ? base / (conditional_ ? slug(*request.prompt) : "unconditional") : base;
}

fs::path Plan::file_of(const Request& request, const SeedList& seeds, std::uint64_t seed,
                       std::int64_t steps) const {
  const bool alone = size_ == 1;
  if (one_file_) return alone ? out_ : fs::path();
  const bool several_steps = request.settings.steps.size() > 1;
  const std::string own = cat("seed-", seed, several_steps ? cat("-steps-", steps) : "", ".png");
  if (request.file.empty()) return prompt_folder(request) / own;
  fs::path file = folder_ / fs::path(request.file).lexically_normal();
  if (!has_png_name(file)) file += ".png";
  if (!several_steps && seeds.size() == 1) return file;
  return file.replace_filename(cat(file.stem().string(), "-", own));
}

void Plan::check_files() const {
  if (one_file_) return;
  // Hashes, sorted: eight bytes a picture.
  const std::hash<std::string> hash;
  std::vector<std::size_t> hashes;
  hashes.reserve(size_);
  Pictures all(*this);
  while (const auto picture = all.next()) hashes.push_back(hash(picture->file.string()));
  std::sort(hashes.begin(), hashes.end());
  const auto twice = std::adjacent_find(hashes.begin(), hashes.end());
  if (twice == hashes.end()) return;
  Pictures again(*this);
  while (const auto picture = again.next()) {
    if (hash(picture->file.string()) == *twice)
      throw ConfigError(cat(picture->file.string(), " is asked for twice: prompt `", picture->prompt,
                            "` with seed ", picture->seed, " and ", number_of_steps(picture->steps)));
  }
}

void Plan::choose_grid(const SampleConfig& config) {
  const bool asked = !config.grid.empty() || (one_file_ && size_ > 1);
  const bool part = parse_shard(config.shard).count > 1;
  const std::uint64_t cells = layout_.rows * (layout_.columns * (config.nearest ? 2U : 1U) +
                                              static_cast<std::uint64_t>(config.real_glyphs));
  if (one_file_ && size_ > 1 && !config.grid.empty())
    throw ConfigError(cat(out_.string(), ": is the name of one picture, expected a folder for ", size_,
                          " pictures with --grid"));
  if (asked && part)
    throw ConfigError("a grid is asked for with a shard, which has only some of its pictures");
  if (asked && cells > kMostInAskedGrid)
    throw ConfigError(cat("a grid of ", layout_.rows, " rows and ", cells / layout_.rows,
                          " columns is asked for, expected at most ", kMostInAskedGrid, " cells"));
  if (asked) {
    grid_ = config.grid.empty() ? out_ : fs::path(config.grid);
  } else if (!one_file_ && !part && !serving_ && size_ > 1 && cells <= kMostInGrid) {
    grid_ = folder_ / "grid.png";
  }
}

/// The prompt, and of the settings those in which the requests differ.
std::string Plan::row_label(const Request& request) const {
  const auto& [steps, guidance_scale] = std::tie(request.settings.steps, request.settings.guidance_scale);
  std::string label = request.prompt.value_or("");
  if (differing_.steps && steps.size() == 1) label += cat(" · ", number_of_steps(steps.front()));
  if (differing_.guidance_scale) label += cat(" · guidance ", shortest(guidance_scale));
  return label;
}

std::vector<std::string> Plan::row_labels() const {
  std::vector<std::string> labels;
  if (layout_.square) return labels;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    const Request one = request(i);
    const bool row_per_seed = one.settings.steps.size() > 1;
    const SeedList seeds = seed_list(one.settings);
    for (std::size_t row = 0; row < cells_of(one).rows; ++row) {
      const std::string label = row == 0 || row_per_seed ? row_label(one) : "";
      labels.push_back(row_per_seed && seeds.size() > 1 ? cat(label, " · ", seeds[row]) : label);
    }
  }
  return labels;
}

std::vector<std::string> Plan::column_labels() const {
  if (layout_.square || differing_.columns) return {};
  const RequestSettings first = request(0).settings;
  const SeedList seeds = seed_list(first);
  std::vector<std::string> labels;
  if (first.steps.size() > 1) {
    for (const std::int64_t steps : first.steps) labels.push_back(number_of_steps(steps));
  } else if (seeds.size() <= kMostAcross) {
    for (std::uint64_t k = 0; k < seeds.size(); ++k) labels.push_back(cat(seeds[k]));
  }
  return labels;
}

std::vector<std::pair<std::string, std::size_t>> Plan::rows_by_prompt() const {
  std::vector<std::pair<std::string, std::size_t>> rows;
  for (std::size_t i = 0; i < requests_.size(); ++i)
    rows.emplace_back(request(i).prompt.value_or(""), cells_of(request(i)).rows);
  return rows;
}

std::string Plan::title() const {
  return layout_.square ? request(0).prompt.value_or("") : "";
}

Pictures::Pictures(const Plan& plan) : plan_(plan) {
  load(0);
}

void Pictures::load(std::size_t request) {
  row_ += cells_.rows;
  at_ = request;
  step_ = 0;
  seed_ = 0;
  if (at_ >= plan_.requests_.size()) return;
  request_ = plan_.request(at_);
  seeds_ = seed_list(request_.settings);
  cells_ = plan_.cells_of(request_);
}

std::optional<Picture> Pictures::next() {
  if (at_ >= plan_.requests_.size()) return std::nullopt;
  const std::vector<std::int64_t>& steps = request_.settings.steps;
  const std::size_t k = seed_;
  const bool by_steps = steps.size() > 1;
  Picture picture{.index = index_++,
                  .prompt = request_.prompt.value_or(""),
                  .negative_prompt = request_.settings.negative_prompt,
                  .seed = (*seeds_)[k],
                  .steps = steps[step_],
                  .guidance_scale = request_.settings.guidance_scale,
                  .file = {},
                  .label = {},
                  .row = row_ + (by_steps ? k : k / cells_.columns),
                  .column = by_steps ? step_ : k % cells_.columns};
  picture.label = by_steps ? number_of_steps(picture.steps) : cat(picture.seed);
  picture.file = plan_.file_of(request_, *seeds_, picture.seed, picture.steps);
  if (++seed_ == seeds_->size()) {
    seed_ = 0;
    if (++step_ == steps.size()) load(at_ + 1);
  }
  return picture;
}

}  // namespace glyffuser

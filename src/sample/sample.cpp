#include "glyffuser/sample/sample.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/files.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/progress.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/image/grid.hpp"
#include "glyffuser/image/picture_parameters.hpp"
#include "glyffuser/model/draw.hpp"
#include "glyffuser/sample/plan.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kBundledModel = "models/glyffuser";

fs::path model_folder(const SampleConfig& config) {
  return config.model.empty() ? data_folder() / kBundledModel : fs::path(config.model);
}

fs::path encoder_folder(const SampleConfig& config, const fs::path& model) {
  return config.text_encoder.empty() ? model : fs::path(config.text_encoder);
}

/// States of every prompt of the job and of the negative one, each text encoded once.
class PromptStates {
 public:
  PromptStates(const SampleConfig& config, const SamplePlan& plan, const fs::path& model, std::int64_t width,
               const torch::Device& device) {
    std::vector<std::string> texts = {config.negative_prompt};
    for (const Picture& picture : plan.pictures) texts.push_back(picture.prompt);
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    for (std::size_t i = 0; i < texts.size(); ++i) index_[texts[i]] = static_cast<std::int64_t>(i);

    TextEncoderConfig encoder_config;
    encoder_config.path = encoder_folder(config, model).string();
    const TextEncoder encoder(encoder_config, device);
    if (encoder.d_model() != width)
      throw FileError(cat(encoder_config.path, ": the text encoder gives states of width ", encoder.d_model(),
                          ", the model expects ", width));
    states_ = encoder.encode(texts);
    negative_ = config.negative_prompt;
  }

  Conditioning conditioning(const std::vector<const Picture*>& batch) const {
    std::vector<std::int64_t> prompts;
    for (const Picture* picture : batch) prompts.push_back(index_.at(picture->prompt));
    const std::vector<std::int64_t> negatives(batch.size(), index_.at(negative_));
    return {rows(prompts), rows(negatives)};
  }

 private:
  TextStates rows(const std::vector<std::int64_t>& indices) const {
    const torch::Tensor at =
        torch::tensor(indices, torch::TensorOptions().dtype(torch::kInt64).device(states_.states.device()));
    return {states_.states.index_select(0, at), states_.mask.index_select(0, at)};
  }

  std::map<std::string, std::int64_t> index_;
  std::string negative_;
  TextStates states_;
};

/// What all pictures of a job have in common.
PictureParameters common_parameters(const SampleConfig& config, const Model& model, const fs::path& folder) {
  PictureParameters common;
  common.negative_prompt = config.negative_prompt;
  common.scheduler = config.scheduler;
  common.timestep_spacing = config.timestep_spacing;
  common.eta = config.eta;
  common.guidance_scale = model.info.conditional ? config.guidance_scale : 1.0;
  common.guidance_rescale = config.guidance_rescale;
  common.precision = config.precision;
  common.width = common.height = static_cast<int>(model.info.image_size);
  common.model = model.name;
  common.model_hash = model_hash(folder, encoder_folder(config, folder));
  if (!config.noise.empty()) common.noise = sha256_file(config.noise);
  return common;
}

/// One job from plan to files.
class Job {
 public:
  Job(const SampleConfig& config, SamplePlan plan, Model model, const fs::path& folder,
      const torch::Device& device)
      : config_(config), plan_(std::move(plan)), model_(std::move(model)), images_(plan_.pictures.size()) {
    if (model_.info.conditional)
      prompts_.emplace(config_, plan_, folder, model_.unet->config().encoder_width(), device);
    read_noise();
    common_ = common_parameters(config_, model_, folder);
    keep_what_is_there();
    if (!config_.raw.empty()) raw_.resize(plan_.pictures.size());
  }

  void run(const Cancellation& cancelled, bool quiet, const ResultSink& written) {
    Progress progress(quiet);
    for (std::size_t first = 0; first < plan_.pictures.size() && !cancelled;) {
      std::size_t end = first;
      while (end < plan_.pictures.size() && end - first < batch_size() &&
             plan_.pictures[end].steps == plan_.pictures[first].steps)
        ++end;
      if (!complete(first, end)) draw_batch(first, end, cancelled, progress);
      if (!cancelled) report(first, end, written);
      first = end;
    }
    progress.finish();
    if (cancelled) {
      log::info("stopped; finished pictures are kept, and the same command makes the missing ones");
      return;
    }
    write_grid(written);
    write_raw(written);
  }

 private:
  // Every batch of a job has the same shape, as equal shapes give equal bytes.
  std::size_t batch_size() const {
    return std::min<std::size_t>(static_cast<std::size_t>(config_.batch_size), plan_.pictures.size());
  }

  bool complete(std::size_t first, std::size_t end) const {
    return std::all_of(images_.begin() + static_cast<std::ptrdiff_t>(first),
                       images_.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const auto& image) { return image.has_value(); });
  }

  void read_noise() {
    if (config_.noise.empty()) return;
    const auto file = read_safetensors(config_.noise);
    const auto found = file.tensors.find("noise");
    const auto count = static_cast<std::int64_t>(plan_.pictures.size());
    const std::int64_t size = model_.info.image_size;
    const std::vector<std::int64_t> expected = {count, 1, size, size};
    if (found == file.tensors.end() || found->second.sizes() != torch::IntArrayRef(expected))
      throw FileError(cat(config_.noise, ": expected a tensor `noise` of shape [", count, ", 1, ", size, ", ",
                          size, "], one for each picture"));
    noise_ = found->second.to(torch::kFloat32);
  }

  // A file with the same parameters inside is this very picture, left by a job that was interrupted.
  void keep_what_is_there() {
    for (std::size_t i = 0; i < plan_.pictures.size(); ++i) {
      const fs::path& file = plan_.pictures[i].file;
      if (file.empty() || config_.overwrite || !fs::exists(file)) continue;
      const auto text = read_png_text(file);
      const auto found = text.find("glyffuser");
      if (found == text.end() || found->second != parameters_json(parameters_of(plan_.pictures[i])))
        throw ConfigError(
            cat(file.string(),
                ": is there already and holds another picture, expected --overwrite or another --out"));
      if (config_.raw.empty()) images_[i] = read_image(file);
    }
  }

  PictureParameters parameters_of(const Picture& picture) const {
    PictureParameters parameters = common_;
    parameters.prompt = picture.prompt;
    parameters.steps = picture.steps;
    parameters.seed = picture.seed;
    return parameters;
  }

  void draw_batch(std::size_t first, std::size_t end, const Cancellation& cancelled, Progress& progress) {
    std::vector<const Picture*> batch;
    std::vector<std::uint64_t> seeds;
    for (std::size_t k = 0; k < batch_size(); ++k) {
      batch.push_back(&plan_.pictures[std::min(
          first + k, end - 1)]);  // the last batch is filled up with its last picture
      seeds.push_back(batch.back()->seed);
    }
    SchedulerConfig scheduler_config = model_.scheduler;
    scheduler_config.timestep_spacing = config_.timestep_spacing;
    const auto scheduler =
        make_scheduler(config_.scheduler, scheduler_config, batch.front()->steps, {.eta = config_.eta});
    ImageGenerators generators(seeds);
    torch::Tensor noise = generators.normal({1, model_.info.image_size, model_.info.image_size});
    if (noise_.defined()) noise = noise_rows(first, end);
    const auto start = Clock::now();
    const auto callback = [&](const SamplingStep& step) {
      show(progress, first, start, step);
      return !cancelled;
    };
    const torch::Tensor pictures =
        draw(model_, prompts_ ? prompts_->conditioning(batch) : Conditioning{},
             {config_.guidance_scale, config_.guidance_rescale}, *scheduler, noise, generators, callback);
    if (cancelled) return;
    std::vector<GrayImage> images = to_images(pictures);
    for (std::size_t i = first; i < end; ++i) {
      if (images_[i]) continue;  // kept: the batch has it for its shape only
      images_[i] = std::move(images[i - first]);
      if (!config_.raw.empty()) raw_[i] = pictures[static_cast<std::int64_t>(i - first)];
      const Picture& picture = plan_.pictures[i];
      if (!picture.file.empty()) write_png(picture.file, *images_[i], picture_text(parameters_of(picture)));
    }
  }

  torch::Tensor noise_rows(std::size_t first, std::size_t end) const {
    std::vector<std::int64_t> rows;
    for (std::size_t k = 0; k < batch_size(); ++k)
      rows.push_back(static_cast<std::int64_t>(std::min(first + k, end - 1)));
    return noise_.index_select(0, torch::tensor(rows, torch::kInt64));
  }

  void show(Progress& progress, std::size_t first, Clock::time_point start, const SamplingStep& step) const {
    if (!progress.due()) return;
    const double done = static_cast<double>(step.index + 1) / static_cast<double>(step.count);
    const double rate =
        static_cast<double>(step.index + 1) / std::chrono::duration<double>(Clock::now() - start).count();
    progress.show(cat(progress_bar(static_cast<double>(first) + done * static_cast<double>(batch_size()),
                                   static_cast<double>(plan_.pictures.size())),
                      " ", first, "/", plan_.pictures.size(), " pictures | step ", step.index + 1, "/",
                      step.count, " | ", fixed(rate, 1), " steps/s"));
  }

  void report(std::size_t first, std::size_t end, const ResultSink& written) const {
    for (std::size_t i = first; i < end; ++i) {
      if (!plan_.pictures[i].file.empty()) written(plan_.pictures[i].file.string());
    }
  }

  void write_grid(const ResultSink& written) const {
    if (plan_.grid.empty()) return;
    std::size_t columns = 0;
    for (const Picture& picture : plan_.pictures) columns = std::max(columns, picture.column + 1);
    std::vector<GrayImage> cells(plan_.pictures.size());
    for (std::size_t i = 0; i < plan_.pictures.size(); ++i)
      cells[plan_.pictures[i].row * columns + plan_.pictures[i].column] = *images_[i];
    GridLabels labels{{}, plan_.row_labels, plan_.column_labels};
    if (labels.rows.empty()) labels.title = plan_.pictures.front().prompt;
    write_png(plan_.grid, make_grid(cells, static_cast<int>(columns), labels, find_label_font()));
    written(plan_.grid.string());
  }

  void write_raw(const ResultSink& written) const {
    if (config_.raw.empty()) return;
    write_safetensors(config_.raw, {{"images", torch::stack(raw_)}});
    written(config_.raw);
  }

  const SampleConfig& config_;
  SamplePlan plan_;
  Model model_;
  std::optional<PromptStates> prompts_;
  PictureParameters common_;
  torch::Tensor noise_;
  std::vector<std::optional<GrayImage>> images_;
  std::vector<torch::Tensor> raw_;
};

}  // namespace

void sample_pictures(const SampleConfig& config, const torch::Device& device, const Cancellation& cancelled,
                     bool quiet, const ResultSink& written) {
  const fs::path folder = model_folder(config);
  Model model = load_model(folder, device);
  set_dtype(*model.unet, parse_precision(config.precision));
  SamplePlan plan = plan_samples(config, model.info.conditional);
  Job(config, std::move(plan), std::move(model), folder, device).run(cancelled, quiet, written);
}

}  // namespace glyffuser

#include "glyffuser/sample/drawer.hpp"

#include <algorithm>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/inpaint.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

/// What all pictures of a job have in common.
PictureParameters common_parameters(const SampleConfig& config, const Model& model,
                                    const SchedulerChoice& choice, const Given& given) {
  PictureParameters common;
  common.scheduler = choice.name;
  common.other = choice.settings;
  common.other.insert(common.other.end(), given.settings.begin(), given.settings.end());
  if (!config.pixel_range.empty())
    common.other.emplace_back("pixel_range", cat(config.pixel_range[0], " ", config.pixel_range[1]));
  common.timestep_spacing = config.timestep_spacing;
  common.eta = config.eta;
  common.guidance_rescale = config.guidance_rescale;
  common.width = common.height = static_cast<int>(model.info.image_size);
  common.model = model.name;
  const fs::path encoder = config.text_encoder.empty() ? model_folder(config) : fs::path(config.text_encoder);
  common.model_hash = model_hash(model_folder(config), encoder);
  return common;
}

/// The batch's pictures, filled up with the last one.
std::vector<const Picture*> rows_of(const PictureBatch& batch) {
  std::vector<const Picture*> rows;
  for (std::size_t k = 0; k < batch.size; ++k)
    rows.push_back(&batch.pictures[std::min(k, batch.pictures.size() - 1)]);
  return rows;
}

}  // namespace

Drawer::Drawer(const SampleConfig& config, const DataConfig& data, const torch::Device& device)
    : config_(config),
      model_(load_model(model_folder(config), device)),
      choice_(choose_scheduler(config, model_.scheduler)),
      given_(read_given(config, data, model_.info.image_size)) {
  const std::string precision = resolve_precision(config.precision, device);
  override_pixel_range(model_.info, config.pixel_range);
  prepare_to_draw(model_, parse_precision(precision));
  common_ = common_parameters(config, model_, choice_, given_);
  common_.precision = precision;
  if (!model_.info.conditional) return;
  TextEncoderConfig encoder;
  encoder.path = text_encoder_of(model_folder(config), config.text_encoder).string();
  prompts_.emplace(encoder, model_.unet->config().encoder_width(), device);
  const std::string& trained_with = model_.info.encoder_sha256;
  if (!trained_with.empty() && trained_with != prompts_->encoder_sha256())
    log::warning(cat(encoder.path,
                     ": its text encoder is another file than the model was trained with, so "
                     "prompts may mean other things to the model"));
}

void Drawer::read_noise(const fs::path& file, std::uint64_t count) {
  const auto content = read_safetensors(file);
  const auto found = content.tensors.find("noise");
  const std::int64_t size = model_.info.image_size;
  const std::vector<std::int64_t> expected = {static_cast<std::int64_t>(count), 1, size, size};
  if (found == content.tensors.end() || found->second.sizes() != torch::IntArrayRef(expected))
    throw FileError(cat(file.string(), ": expected a tensor `noise` of shape [", count, ", 1, ", size, ", ",
                        size, "], one for each picture"));
  noise_ = found->second.to(torch::kFloat32);
  if (!noise_.isfinite().all().item<bool>())
    throw FileError(cat(file.string(), ": holds values that are no numbers, expected normal noise"));
  common_.noise = sha256_file(file);
}

torch::Tensor Drawer::draw(const PictureBatch& batch, const SamplingCallback& callback) {
  const std::vector<const Picture*> rows = rows_of(batch);
  std::vector<std::uint64_t> seeds;
  for (const Picture* picture : rows) seeds.push_back(picture->seed);
  ImageGenerators generators(seeds);
  const torch::Tensor noise = initial_noise(rows, generators);
  const GuidanceConfig guidance{batch.guidance_scale(), config_.guidance_rescale};
  Scheduler& chosen = scheduler(batch.steps());
  const torch::Tensor drawn = glyffuser::draw(model_, conditioning(rows), guidance, chosen, noise, generators,
                                              callback, given_.image);
  chosen.reset();  // its memory of this batch may never be needed again
  if (!drawn.isfinite().all().item<bool>())
    throw RunError("the model draws values that are no numbers, expected one whose training did not diverge");
  return drawn.narrow(0, 0, static_cast<std::int64_t>(batch.pictures.size()));
}

PictureParameters Drawer::parameters(const Picture& picture) const {
  PictureParameters parameters = common_;
  parameters.prompt = picture.prompt;
  parameters.negative_prompt = picture.negative_prompt;
  parameters.steps = picture.steps;
  parameters.guidance_scale = picture.guidance_scale;
  parameters.seed = picture.seed;
  if (!parameters.noise.empty()) parameters.noise += cat("[", picture.index, "]");
  return parameters;
}

Scheduler& Drawer::scheduler(std::int64_t steps) {
  std::unique_ptr<Scheduler>& made = schedulers_[steps];
  if (!made) made = make_scheduler(choice_.name, choice_.config, steps, {.eta = config_.eta});
  return *made;
}

std::uint64_t Drawer::evaluations(std::int64_t steps) {
  const Scheduler& chosen = scheduler(steps);
  const GivenImage& given = given_.image;
  const std::size_t first = given.image.defined() ? chosen.first_evaluation(given.strength) : 0;
  const std::uint64_t once = repeated_evaluations(chosen, first, 1);
  if (!given.keep.defined() || given.repeats <= 1) return once;
  const std::uint64_t repeated = repeated_evaluations(chosen, first, given.repeats);
  if (repeated == once)
    throw ConfigError(cat("`sample.keep_repeats` is ", given.repeats, ", expected 1 where ", once, " of ",
                          steps, " steps are drawn, or more steps: the last ten are not repeated"));
  return repeated;
}

Conditioning Drawer::conditioning(const std::vector<const Picture*>& rows) {
  if (!prompts_) return {};
  std::vector<std::string> prompts;
  std::vector<std::string> negatives;
  for (const Picture* picture : rows) {
    prompts.push_back(picture->prompt);
    negatives.push_back(picture->negative_prompt);
  }
  const bool guided = rows.front()->guidance_scale != 1;
  return {prompts_->states(prompts), guided ? prompts_->states(negatives) : TextStates{}};
}

torch::Tensor Drawer::initial_noise(const std::vector<const Picture*>& rows,
                                    ImageGenerators& generators) const {
  // Drawn in any case: the noise of the steps comes after it in each generator's order.
  const torch::Tensor drawn = generators.normal({1, model_.info.image_size, model_.info.image_size});
  if (!noise_.defined()) return drawn;
  std::vector<std::int64_t> indices;
  for (const Picture* picture : rows) indices.push_back(static_cast<std::int64_t>(picture->index));
  return noise_.index_select(0, torch::tensor(indices, torch::kInt64));
}

}  // namespace glyffuser

#include "glyffuser/sample/drawer.hpp"

#include <algorithm>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/paths.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/safetensors.hpp"

namespace glyffuser {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBundledModel = "models/glyffuser";

fs::path model_folder(const SampleConfig& config) {
  return config.model.empty() ? data_folder() / kBundledModel : fs::path(config.model);
}

/// What all pictures of a job have in common.
PictureParameters common_parameters(const SampleConfig& config, const Model& model) {
  PictureParameters common;
  common.scheduler = config.scheduler;
  common.timestep_spacing = config.timestep_spacing;
  common.eta = config.eta;
  common.guidance_rescale = config.guidance_rescale;
  common.precision = config.precision;
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

Drawer::Drawer(const SampleConfig& config, const torch::Device& device)
    : config_(config), model_(load_model(model_folder(config), device)) {
  override_pixel_range(model_.info, config.pixel_range);
  prepare_to_draw(model_, parse_precision(config.precision));
  common_ = common_parameters(config, model_);
  if (!model_.info.conditional) return;
  TextEncoderConfig encoder;
  encoder.path = text_encoder_of(model_folder(config), config.text_encoder).string();
  prompts_.emplace(encoder, model_.unet->config().encoder_width(), device);
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
  common_.noise = sha256_file(file);
}

torch::Tensor Drawer::draw(const PictureBatch& batch, const SamplingCallback& callback) {
  const std::vector<const Picture*> rows = rows_of(batch);
  std::vector<std::uint64_t> seeds;
  for (const Picture* picture : rows) seeds.push_back(picture->seed);
  ImageGenerators generators(seeds);
  const torch::Tensor noise = initial_noise(rows, generators);
  const GuidanceConfig guidance{batch.guidance_scale(), config_.guidance_rescale};
  const torch::Tensor drawn = glyffuser::draw(model_, conditioning(rows), guidance, scheduler(batch.steps()),
                                              noise, generators, callback);
  return drawn.narrow(0, 0, static_cast<std::int64_t>(batch.pictures.size()));
}

PictureParameters Drawer::parameters(const Picture& picture) const {
  PictureParameters parameters = common_;
  parameters.prompt = picture.prompt;
  parameters.negative_prompt = picture.negative_prompt;
  parameters.steps = picture.steps;
  parameters.guidance_scale = picture.guidance_scale;
  parameters.seed = picture.seed;
  return parameters;
}

Scheduler& Drawer::scheduler(std::int64_t steps) {
  std::unique_ptr<Scheduler>& made = schedulers_[steps];
  if (!made) {
    SchedulerConfig config = model_.scheduler;
    config.timestep_spacing = config_.timestep_spacing;
    made = make_scheduler(config_.scheduler, config, steps, {.eta = config_.eta});
  }
  return *made;
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

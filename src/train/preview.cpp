#include "glyffuser/train/preview.hpp"

#include "glyffuser/core/text.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/image/grid.hpp"
#include "glyffuser/model/draw.hpp"

namespace glyffuser {
Preview::Preview(const PreviewConfig& config, const TextEncoder* encoder) : config_(config) {
  if (!encoder) {
    config_.prompts = {""};
    return;
  }
  prompts_ = encoder->encode(config_.prompts);
  empty_ = encoder->encode({""});
}

// One row at a time: the pictures of a row share a batch, so memory does not grow with the number of prompts.
void Preview::write(const Model& model, const std::filesystem::path& file) const {
  const bool was_training = model.unet->is_training();
  model.unet->eval();
  const auto scheduler = make_scheduler(scheduler_name(model.scheduler), model.scheduler, config_.steps);
  std::vector<std::uint64_t> seeds;
  std::vector<GrayImage> images;
  GridLabels labels;
  for (std::int64_t i = 0; i < config_.images; ++i) {
    seeds.push_back(static_cast<std::uint64_t>(i));
    labels.columns.push_back(cat(i));
  }
  for (std::size_t p = 0; p < config_.prompts.size(); ++p) {
    ImageGenerators generators(seeds);
    const torch::Tensor noise = generators.normal({1, model.info.image_size, model.info.image_size});
    const Conditioning conditioning{prompts_.repeated(static_cast<std::int64_t>(p), config_.images),
                                    empty_.repeated(0, config_.images)};
    const torch::Tensor pictures =
        draw(model, conditioning, {.scale = config_.guidance_scale}, *scheduler, noise, generators);
    for (GrayImage& image : to_images(pictures)) images.push_back(std::move(image));
    labels.rows.push_back(config_.prompts[p]);
  }
  write_png(file, make_grid(images, static_cast<int>(config_.images), labels, find_label_font()));
  model.unet->train(was_training);
}

}  // namespace glyffuser

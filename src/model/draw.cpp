#include "glyffuser/model/draw.hpp"

#include "glyffuser/diffusion/guidance.hpp"
#include "glyffuser/diffusion/inpaint.hpp"
#include "glyffuser/model/recorded_denoiser.hpp"
#include "glyffuser/nn/patchify.hpp"

namespace glyffuser {
namespace {

TextStates moved(const TextStates& text, const torch::Device& device) {
  if (!text.states.defined()) return text;
  return {text.states.to(device), text.mask.to(device)};
}

TextStates joined(const TextStates& a, const TextStates& b) {
  return {torch::cat({a.states, b.states}), torch::cat({a.mask, b.mask})};
}

torch::Tensor patches_of(const Model& model, const torch::Tensor& pixels) {
  const torch::Device device = model.unet->parameters().front().device();
  return patchify(pixels.to(device, torch::kFloat32), model.info.patch_size);
}

/// Where the sampling loop begins.
struct Start {
  torch::Tensor sample;
  std::size_t first = 0;
  SampleEdit edit;
};

Start start_of(const Model& model, const Scheduler& scheduler, const torch::Tensor& noise,
               const GivenImage& given) {
  const torch::Tensor hidden = patches_of(model, noise);
  Start start{scheduler.init_noise_sigma() * hidden, 0, {}};
  if (!given.image.defined()) return start;
  const torch::Tensor original = to_patches(model, given.image).expand_as(hidden);
  start.first = scheduler.first_evaluation(given.strength);
  if (given.strength < 1) start.sample = scheduler.add_noise(original, hidden, start.first);
  if (!given.keep.defined()) return start;
  const KnownRegion known{original, patches_of(model, given.keep), hidden};
  start.edit = [known, &scheduler](const torch::Tensor& sample, std::size_t index) {
    return with_known_region(sample, known, scheduler, index);
  };
  start.sample = start.edit(start.sample, start.first);
  return start;
}

}  // namespace

void prepare_to_draw(Model& model, torch::Dtype precision) {
  set_dtype(*model.unet, precision);
  pack_weights(*model.unet);
}

Denoiser bind(const Model& model, const Conditioning& conditioning, const GuidanceConfig& guidance) {
  const auto unet = model.unet;
  const torch::Device device = unet->parameters().front().device();
  const bool guided = model.info.conditional && guidance.scale != 1.0;
  const TextStates states =
      moved(guided ? joined(conditioning.prompt, conditioning.negative) : conditioning.prompt, device);
  const TextCondition text = unet->read_text(states.states, states.mask, /*keep=*/true);
  // All images of a batch are at the same time step, so one row stands for them.
  if (!guided) {
    return [=](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
      return unet->forward(noisy, timesteps.narrow(0, 0, 1), text);
    };
  }
  return [=](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    const auto outputs = unet->forward(noisy, timesteps.narrow(0, 0, 1), text).chunk(2);
    const torch::Tensor output = guide(outputs[0], outputs[1], guidance.scale);
    return guidance.rescale > 0 ? rescale_guidance(output, outputs[0], guidance.rescale) : output;
  };
}

torch::Tensor draw(const Model& model, const Conditioning& conditioning, const GuidanceConfig& guidance,
                   Scheduler& scheduler, const torch::Tensor& noise, ImageGenerators& generators,
                   const SamplingCallback& callback, const GivenImage& given) {
  const torch::InferenceMode inference;
  const torch::Device device = model.unet->parameters().front().device();
  const Denoiser denoiser = recorded(bind(model, conditioning, guidance), device);
  const Start start = start_of(model, scheduler, noise, given);
  const std::size_t repeats = start.edit ? given.repeats : 1;
  return to_pictures(model, sample_repeatedly(denoiser, scheduler, start.sample, image_noise(generators),
                                              callback, start.first, start.edit, repeats));
}

torch::Tensor to_patches(const Model& model, const torch::Tensor& pictures) {
  const double low = model.info.pixel_low;
  const double high = model.info.pixel_high;
  if (low == -1 && high == 1) return patches_of(model, pictures);
  return patches_of(model, (pictures + 1.0) * ((high - low) / 2.0) + low);
}

torch::Tensor to_pictures(const Model& model, const torch::Tensor& patches) {
  const torch::Tensor pixels = unpatchify(patches, model.info.patch_size).to(torch::kCPU, torch::kFloat32);
  const double low = model.info.pixel_low;
  const double high = model.info.pixel_high;
  if (low == -1 && high == 1) return pixels;
  return (pixels - low) * (2.0 / (high - low)) - 1.0;
}

torch::Tensor noisy_pictures(const Model& model, const Scheduler& scheduler, const SamplingStep& step) {
  const torch::Tensor& sample = step.result.prev_sample;
  const std::size_t next = step.index + 1;
  return to_pictures(model, next < step.count ? scheduler.scale_model_input(sample, next) : sample);
}

std::vector<GrayImage> to_images(const torch::Tensor& pictures) {
  const torch::Tensor gray =
      ((pictures.squeeze(1).clamp(-1, 1) + 1.0) * 127.5).round().to(torch::kUInt8).contiguous();
  std::vector<GrayImage> images;
  for (std::int64_t i = 0; i < gray.size(0); ++i) {
    const torch::Tensor one = gray[i];
    const auto* pixels = one.const_data_ptr<std::uint8_t>();
    images.push_back(
        {static_cast<int>(one.size(1)), static_cast<int>(one.size(0)), {pixels, pixels + one.numel()}});
  }
  return images;
}

}  // namespace glyffuser

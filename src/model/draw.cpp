#include "glyffuser/model/draw.hpp"

#include "glyffuser/diffusion/guidance.hpp"
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

}  // namespace

Denoiser bind(const Model& model, const Conditioning& conditioning, const GuidanceConfig& guidance) {
  const auto unet = model.unet;
  const torch::Device device = unet->parameters().front().device();
  const auto run = [unet](const torch::Tensor& noisy, const torch::Tensor& timesteps,
                          const TextStates& text) {
    return unet->forward(noisy, timesteps, text.states, text.mask);
  };
  if (!model.info.conditional || guidance.scale == 1.0) {
    const TextStates text = moved(conditioning.prompt, device);
    return [=](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
      return run(noisy, timesteps, text);
    };
  }
  const TextStates both = moved(joined(conditioning.prompt, conditioning.negative), device);
  return [=](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    const auto outputs = run(torch::cat({noisy, noisy}), torch::cat({timesteps, timesteps}), both).chunk(2);
    const torch::Tensor guided = guide(outputs[0], outputs[1], guidance.scale);
    return guidance.rescale > 0 ? rescale_guidance(guided, outputs[0], guidance.rescale) : guided;
  };
}

torch::Tensor draw(const Model& model, const Conditioning& conditioning, const GuidanceConfig& guidance,
                   Scheduler& scheduler, const torch::Tensor& noise, ImageGenerators& generators,
                   const SamplingCallback& callback) {
  const torch::InferenceMode inference;
  const Denoiser denoiser = bind(model, conditioning, guidance);
  const torch::Device device = model.unet->parameters().front().device();
  const torch::Tensor start =
      scheduler.init_noise_sigma() * patchify(noise.to(device, torch::kFloat32), model.info.patch_size);
  scheduler.reset();
  const torch::Tensor patches = sample(denoiser, scheduler, start, image_noise(generators), callback);
  const torch::Tensor pixels = unpatchify(patches, model.info.patch_size).to(torch::kCPU);
  const double low = model.info.pixel_low;
  const double high = model.info.pixel_high;
  if (low == -1 && high == 1) return pixels;
  return (pixels - low) * (2.0 / (high - low)) - 1.0;
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

#pragma once
// From noise and text states to pictures: the UNet bound to its conditioning, guidance, and the sampling
// loop.

#include <torch/types.h>

#include <vector>

#include "glyffuser/diffusion/sampler.hpp"
#include "glyffuser/encoder/text_encoder.hpp"
#include "glyffuser/image/png.hpp"
#include "glyffuser/model/model.hpp"
#include "glyffuser/tensor/generator.hpp"

namespace glyffuser {

struct GuidanceConfig {
  double scale = 1.0;    ///< 1: off, one forward pass instead of two
  double rescale = 0.0;  ///< 0 … 1, see rescale_guidance
};

/// What pictures are conditioned on; both undefined for an unconditional model.
struct Conditioning {
  TextStates prompt;    ///< [B, L, D]
  TextStates negative;  ///< [B, L, D], of the negative prompt or the empty one; only read with guidance
};

/// Sets the precision in which the UNet computes, torch::kFloat or torch::kBFloat16, and packs its weights
/// (pack_weights); for a model that will draw and not change any more.
void prepare_to_draw(Model& model, torch::Dtype precision);

/// The model as a function of (patched x_t [B, C p², H/p, W/p], timesteps [B], all equal). With guidance both
/// branches run in one batch of 2 B. What the texts contribute is computed once, here and at the first call;
/// weights must stay as they are for as long as the function is used.
Denoiser bind(const Model& model, const Conditioning& conditioning, const GuidanceConfig& guidance);

/// A picture to draw from.
struct GivenImage {
  torch::Tensor image;  ///< [B or 1, 1, H, W] in -1 … 1; undefined: none, the others are not read
  /// How much of the way from noise to pictures is gone: 1 begins with noise alone and sees nothing of the
  /// image (where diffusers' img2img leaves a trace of it), small values change little (scheduler.hpp,
  /// first_evaluation).
  double strength = 1.0;
  torch::Tensor keep;  ///< [B or 1, 1, H, W]: 1 stays as in the image … 0 is drawn; undefined: all is drawn
  /// With `keep`: how often each stretch of steps is done (diffusion/inpaint.hpp); 3 gives cleaner parts in
  /// two and a half times the time.
  std::size_t repeats = 1;
};

/// Draws B pictures. noise: standard normal [B, 1, H, W] on any device; `generators` (B of them, already past
/// the initial noise) give the noise of stochastic steps; `given` is what there is already. The result is
/// float32 [B, 1, H, W] on the CPU, -1 black … 1 white whatever the model's own pixel range, not clamped.
torch::Tensor draw(const Model& model, const Conditioning& conditioning, const GuidanceConfig& guidance,
                   Scheduler& scheduler, const torch::Tensor& noise, ImageGenerators& generators,
                   const SamplingCallback& callback = {}, const GivenImage& given = {});

/// Pictures [B, 1, H, W] in -1 … 1 as the UNet takes them: in the model's own pixel range, float32 patches
/// [B, C p², H/p, W/p] on its device.
torch::Tensor to_patches(const Model& model, const torch::Tensor& pictures);

/// The patches of a sampling loop, such as predicted x_0, as pictures: float32 [B, 1, H, W] on the CPU, -1
/// black … 1 white, not clamped.
torch::Tensor to_pictures(const Model& model, const torch::Tensor& patches);

/// The sample after a step as pictures like these, noise and all, at the denoiser's scale where the scheduler
/// has one of its own.
torch::Tensor noisy_pictures(const Model& model, const Scheduler& scheduler, const SamplingStep& step);

/// 8-bit pictures from [B, 1, H, W] in -1 … 1: clamped and rounded to the nearest grey.
std::vector<GrayImage> to_images(const torch::Tensor& pictures);

}  // namespace glyffuser

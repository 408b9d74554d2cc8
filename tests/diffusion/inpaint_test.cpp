#include "glyffuser/diffusion/inpaint.hpp"

#include <gtest/gtest.h>

#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/diffusion/sampler.hpp"

namespace glyffuser {
namespace {

torch::Tensor left_half() {
  torch::Tensor mask = torch::zeros({1, 1, 1, 8});
  mask.slice(3, 0, 4).fill_(1);
  return mask;
}

/// Two images, their left halves known.
KnownRegion known_region() {
  ImageGenerators generators({1, 2});
  const torch::Tensor original = torch::linspace(-1, 1, 2 * 64).view({2, 1, 8, 8});
  return {original, left_half(), generators.normal({1, 8, 8})};
}

TEST(InpaintTest, TheKnownRegionIsAsNoisyAsTheEvaluationExpects) {
  const KnownRegion known = known_region();
  const auto scheduler = make_scheduler("ddim", SchedulerConfig{}, 10);
  const torch::Tensor sample = torch::full({2, 1, 8, 8}, 7.0F);
  for (const std::size_t index : {0, 4, 9}) {
    const torch::Tensor edited = with_known_region(sample, known, *scheduler, index);
    const torch::Tensor there = scheduler->add_noise(known.original, known.noise, index);
    EXPECT_TRUE(torch::equal(edited.slice(3, 0, 4), there.slice(3, 0, 4)));
    EXPECT_TRUE(torch::equal(edited.slice(3, 4, 8), sample.slice(3, 4, 8)));
  }
  const torch::Tensor last = with_known_region(sample, known, *scheduler, 10);
  EXPECT_TRUE(torch::equal(last.slice(3, 0, 4), known.original.slice(3, 0, 4)));
  EXPECT_TRUE(torch::equal(last.slice(3, 4, 8), sample.slice(3, 4, 8)));
}

TEST(InpaintTest, BetweenKnownAndUnknownTheTwoAreMixed) {
  KnownRegion known = known_region();
  known.mask = torch::full({1, 1, 1, 1}, 0.25);
  const auto scheduler = make_scheduler("ddim", SchedulerConfig{}, 10);
  const torch::Tensor edited = with_known_region(torch::zeros({2, 1, 8, 8}), known, *scheduler, 10);
  EXPECT_TRUE(torch::allclose(edited, 0.25 * known.original));
}

/// Draws the unknown half as the mirrored known one, which it must find in what it is given.
TEST(InpaintTest, TheRestIsDrawnFromWhatTheDenoiserSeesOfTheKnownRegion) {
  for (const char* name : {"ddim", "ddpm"}) {
    SchedulerConfig config;
    config.prediction_type = "sample";
    const KnownRegion known = known_region();
    const auto scheduler = make_scheduler(name, config, 20);
    std::size_t index = 0;
    const Denoiser denoiser = [&](const torch::Tensor& noisy, const torch::Tensor&) {
      // What is left of it when the noise, which this one knows, is taken away.
      const torch::Tensor signal = scheduler->add_noise(torch::ones({1}), torch::zeros({1}), index);
      const torch::Tensor noise = scheduler->add_noise(torch::zeros_like(noisy), known.noise, index);
      const torch::Tensor left = ((noisy - noise) / signal).slice(3, 0, 4);
      ++index;
      return torch::cat({left, left.flip(3)}, 3);
    };
    ImageGenerators generators({3, 4});
    const SampleEdit keep = [&](const torch::Tensor& sample, std::size_t at) {
      return with_known_region(sample, known, *scheduler, at);
    };
    const torch::Tensor images =
        sample(denoiser, *scheduler, keep(known.noise, 0), image_noise(generators), {}, 0, keep);
    const torch::Tensor left = known.original.slice(3, 0, 4);
    EXPECT_TRUE(torch::equal(images.slice(3, 0, 4), left)) << name;
    EXPECT_TRUE(torch::allclose(images.slice(3, 4, 8), left.flip(3), 1e-3, 1e-3)) << name;
  }
}

}  // namespace
}  // namespace glyffuser

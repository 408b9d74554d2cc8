#include "glyffuser/diffusion/inpaint.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
  for (const char* name : {"ddim", "ddpm", "dpmsolver++", "sde-dpmsolver++"}) {
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

TEST(InpaintTest, EachStretchButTheLastIsRepeated) {
  SchedulerConfig config;
  config.prediction_type = "sample";
  const KnownRegion known = known_region();
  const auto scheduler = make_scheduler("ddim", config, 25);
  const SampleEdit keep = [&](const torch::Tensor& sample, std::size_t at) {
    return with_known_region(sample, known, *scheduler, at);
  };
  const Denoiser denoiser = [](const torch::Tensor& noisy, const torch::Tensor&) {
    return torch::full_like(noisy, 0.25);
  };
  const auto run = [&](std::size_t repeats, std::vector<std::size_t>& seen) {
    ImageGenerators generators({3, 4});
    return sample_repeatedly(
        denoiser, *scheduler, keep(known.noise, 0), image_noise(generators),
        [&](const SamplingStep& step) {
          seen.push_back(step.index);
          // As noisy as the schedule says, however often it was noised again.
          const torch::Tensor unknown = step.result.prev_sample.slice(3, 4, 8);
          const torch::Tensor zero = torch::zeros({1}), one = torch::ones({1});
          if (step.index + 1 < step.count) {
            const double expected = scheduler->add_noise(zero, one, step.index + 1).item<double>();
            EXPECT_NEAR(unknown.std().item<double>(), expected, 0.35 * expected + 0.02);
          }
          return true;
        },
        0, keep, repeats);
  };
  std::vector<std::size_t> once, thrice;
  run(1, once);
  const torch::Tensor images = run(3, thrice);
  EXPECT_EQ(once.size(), 25U);
  EXPECT_EQ(thrice.size(), 3U * 20 + 5);
  EXPECT_EQ(repeated_evaluations(*scheduler, 0, 0), 25U);
  EXPECT_EQ(repeated_evaluations(*scheduler, 0, 1), 25U);
  EXPECT_EQ(repeated_evaluations(*scheduler, 0, 3), thrice.size());
  EXPECT_EQ(repeated_evaluations(*scheduler, 5, 3), 3U * 10 + 10);  // two whole stretches
  EXPECT_EQ(repeated_evaluations(*scheduler, 20, 3), 5U);
  EXPECT_EQ(thrice[9], 9U);
  EXPECT_EQ(thrice[10], 0U);
  EXPECT_EQ(thrice.back(), 24U);
  EXPECT_TRUE(torch::equal(images.slice(3, 0, 4), known.original.slice(3, 0, 4)));
  EXPECT_TRUE(torch::allclose(images.slice(3, 4, 8), torch::full({1}, 0.25), 1e-3, 1e-3));
}

TEST(InpaintTest, AStretchIsTenStepsHoweverManyEvaluationsAStepHas) {
  const KnownRegion known = known_region();
  const auto scheduler = make_scheduler("dpmsolver-sde", SchedulerConfig{}, 18);  // of 35 evaluations
  ImageGenerators generators({3, 4});
  std::vector<std::size_t> seen;
  const SamplingCallback look = [&](const SamplingStep& step) {
    seen.push_back(step.index);
    return true;
  };
  const SampleEdit keep = [&](const torch::Tensor& sample, std::size_t at) {
    return with_known_region(sample, known, *scheduler, at);
  };
  sample_repeatedly([](const torch::Tensor& noisy, const torch::Tensor&) { return noisy; }, *scheduler,
                    known.noise, image_noise(generators), look, 0, keep, 2);
  ASSERT_EQ(seen.size(), 2U * 20 + 15);
  EXPECT_EQ(repeated_evaluations(*scheduler, 0, 2), seen.size());
  EXPECT_EQ(seen[19], 19U);
  EXPECT_EQ(seen[20], 0U);
  EXPECT_EQ(seen[40], 20U);
}

TEST(InpaintTest, TheDenoiserAlwaysSeesTheKnownRegion) {
  const KnownRegion known = known_region();
  const auto scheduler = make_scheduler("ddim", SchedulerConfig{}, 15);
  const SampleEdit keep = [&](const torch::Tensor& sample, std::size_t at) {
    return with_known_region(sample, known, *scheduler, at);
  };
  std::size_t calls = 0;
  const Denoiser denoiser = [&](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    const auto& all = scheduler->timesteps();
    const auto index = std::find(all.begin(), all.end(), timesteps[0].item<double>()) - all.begin();
    const torch::Tensor there =
        scheduler->add_noise(known.original, known.noise, static_cast<std::size_t>(index));
    EXPECT_TRUE(torch::equal(noisy.slice(3, 0, 4), there.slice(3, 0, 4))) << "call " << calls;
    ++calls;
    return noisy;
  };
  ImageGenerators generators({3, 4});
  sample_repeatedly(denoiser, *scheduler, keep(known.noise, 0), image_noise(generators), {}, 0, keep, 2);
  EXPECT_EQ(calls, 2U * 10 + 5);
}

TEST(InpaintTest, ACallbackStopsTheRepeatsToo) {
  const KnownRegion known = known_region();
  const auto scheduler = make_scheduler("ddim", SchedulerConfig{}, 25);
  const SampleEdit keep = [&](const torch::Tensor& sample, std::size_t at) {
    return with_known_region(sample, known, *scheduler, at);
  };
  ImageGenerators generators({3, 4});
  int steps = 0;
  sample_repeatedly([](const torch::Tensor& noisy, const torch::Tensor&) { return noisy; }, *scheduler,
                    known.noise, image_noise(generators), [&](const SamplingStep&) { return ++steps < 13; },
                    0, keep, 3);
  EXPECT_EQ(steps, 13);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/diffusion/sampler.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/diffusion/sigmas.hpp"

namespace glyffuser {
namespace {

/// Knows the image that all noise hides.
Denoiser oracle(const SchedulerConfig& config, const torch::Tensor& image) {
  const SigmaTable table{NoiseSchedule(config)};
  const std::string type = config.prediction_type;
  return [table, type, image](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    const double sigma = table.at(timesteps[0].item<double>());
    const double signal = 1 / std::sqrt(1 + sigma * sigma);
    const torch::Tensor original = image.expand_as(noisy);
    const torch::Tensor epsilon = (noisy - signal * original) / (sigma * signal);
    if (type == "epsilon") return epsilon;
    return type == "sample" ? original : signal * epsilon - sigma * signal * original;
  };
}

TEST(SamplerTest, APerfectDenoiserLeadsToItsImage) {
  const torch::Tensor image = torch::linspace(-1, 1, 64).reshape({1, 1, 8, 8});
  for (const char* type : {"epsilon", "v_prediction", "sample"}) {
    for (const char* spacing : {"leading", "linspace", "trailing"}) {
      for (const std::string& name : scheduler_names()) {
        SchedulerConfig config;
        config.beta_schedule = "linear";
        config.prediction_type = type;
        config.timestep_spacing = spacing;
        ImageGenerators generators({1, 2});
        const auto scheduler = make_scheduler(name, config, 7, {.eta = 0.5});
        const torch::Tensor start = scheduler->init_noise_sigma() * generators.normal({1, 8, 8});
        const torch::Tensor images =
            sample(oracle(config, image), *scheduler, start, image_noise(generators));
        EXPECT_TRUE(torch::allclose(images, image.expand_as(images), 1e-3, 1e-3))
            << type << " " << spacing << " " << name;
      }
    }
  }
}

TEST(SamplerTest, AnImageDoesNotDependOnItsNeighbours) {
  const SchedulerConfig config;
  const Denoiser denoiser = [](const torch::Tensor& noisy, const torch::Tensor&) { return 0.5 * noisy; };
  for (const std::string& name : scheduler_names()) {
    const auto scheduler = make_scheduler(name, config, 20);
    const double sigma = scheduler->init_noise_sigma();
    ImageGenerators pair({8, 9});
    const torch::Tensor both =
        sample(denoiser, *scheduler, sigma * pair.normal({1, 6, 6}), image_noise(pair));
    ImageGenerators single({9});
    const torch::Tensor alone =
        sample(denoiser, *scheduler, sigma * single.normal({1, 6, 6}), image_noise(single));
    EXPECT_TRUE(torch::equal(both[1], alone[0])) << name;
    EXPECT_FALSE(torch::equal(both[0], alone[0])) << name;
  }
}

TEST(SamplerTest, FractionalTimestepsReachTheDenoiser) {
  const auto scheduler = make_scheduler("dpmsolver-sde", SchedulerConfig{}, 3);
  std::vector<double> seen;
  const Denoiser denoiser = [&](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    EXPECT_EQ(timesteps.scalar_type(), torch::kFloat32);
    seen.push_back(timesteps[0].item<double>());
    return noisy;
  };
  ImageGenerators generators({1});
  sample(denoiser, *scheduler, generators.normal({1, 4, 4}), image_noise(generators));
  ASSERT_EQ(seen.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(seen[i], scheduler->timesteps()[i], 1e-4);
  EXPECT_NE(seen[1], std::floor(seen[1]));
}

TEST(SamplerTest, TheCallbackSeesEveryStepAndStops) {
  const Denoiser denoiser = [](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    EXPECT_EQ(timesteps.sizes(), torch::IntArrayRef({2}));
    EXPECT_EQ(timesteps.scalar_type(), torch::kInt64);
    EXPECT_FALSE(torch::GradMode::is_enabled());
    return noisy;
  };
  const auto scheduler = make_scheduler("ddim", SchedulerConfig{}, 5);
  ImageGenerators generators({1, 2});
  std::vector<std::size_t> seen;
  torch::Tensor last;
  const SamplingCallback stop_after_three = [&](const SamplingStep& step) {
    EXPECT_EQ(step.count, 5U);
    seen.push_back(step.index);
    last = step.result.prev_sample;
    return seen.size() < 3;
  };
  const torch::Tensor images =
      sample(denoiser, *scheduler, generators.normal({1, 4, 4}), image_noise(generators), stop_after_three);
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_TRUE(torch::equal(images, last));
}

TEST(SamplerTest, BeginsAtALaterStepFromANoisedImage) {
  const SchedulerConfig config;
  const torch::Tensor image = torch::linspace(-1, 1, 64).reshape({1, 1, 8, 8});
  for (const std::string& name : scheduler_names()) {
    const auto scheduler = make_scheduler(name, config, 10);
    const std::size_t first = scheduler->first_evaluation(0.4);
    ImageGenerators generators({4});
    const torch::Tensor noisy = scheduler->add_noise(image, generators.normal({1, 8, 8}), first);
    std::size_t evaluations = 0;
    const SamplingCallback count = [&](const SamplingStep&) { return ++evaluations > 0; };
    const torch::Tensor images =
        sample(oracle(config, image), *scheduler, noisy, image_noise(generators), count, first);
    EXPECT_EQ(evaluations, name == "dpmsolver-sde" ? 7U : 4U) << name;
    EXPECT_TRUE(torch::allclose(images, image, 1e-3, 1e-3)) << name;
  }
}

TEST(SamplerTest, AnEditIsWhatTheNextEvaluationAndTheCallbackSee) {
  const Denoiser denoiser = [](const torch::Tensor& noisy, const torch::Tensor&) { return noisy; };
  const auto scheduler = make_scheduler("ddim", SchedulerConfig{}, 3);
  ImageGenerators generators({1});
  std::vector<std::size_t> edited;
  const SampleEdit edit = [&](const torch::Tensor& images, std::size_t index) {
    edited.push_back(index);
    return torch::full_like(images, static_cast<double>(index));
  };
  const SamplingCallback look = [&](const SamplingStep& step) {
    EXPECT_EQ(step.result.prev_sample.max().item<double>(), static_cast<double>(step.index + 1));
    return true;
  };
  const torch::Tensor images =
      sample(denoiser, *scheduler, generators.normal({1, 4, 4}), image_noise(generators), look, 0, edit);
  EXPECT_EQ(edited, (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(images.min().item<double>(), 3);
}

}  // namespace
}  // namespace glyffuser

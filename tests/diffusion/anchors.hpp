#pragma once
// The recipe of diffusers' own scheduler tests (tests/schedulers/test_schedulers.py), whose asserted sums and
// means these tests must meet too.

#include <gtest/gtest.h>
#include <torch/types.h>

#include "glyffuser/diffusion/scheduler.hpp"
#include "glyffuser/tensor/generator.hpp"

namespace glyffuser::testing {

/// 0, 1/768, 2/768, ... laid out as diffusers' dummy sample: [4,3,8,8].
inline torch::Tensor dummy_sample() {
  return (torch::arange(768, torch::kFloat32).reshape({3, 8, 8, 4}) / 768).permute({3, 0, 1, 2});
}

/// The same numbers backwards: diffusers' deterministic noise.
inline torch::Tensor dummy_noise() {
  return (torch::arange(768, torch::kFloat32).flip(0).reshape({3, 8, 8, 4}) / 768).permute({3, 0, 1, 2});
}

inline torch::Tensor dummy_model(const torch::Tensor& sample, double t) {
  return sample * t / (t + 1);
}

/// diffusers' test configuration; our own defaults differ.
inline SchedulerConfig diffusers_config(const std::string& prediction_type = "epsilon") {
  SchedulerConfig config;
  config.beta_schedule = "linear";
  config.prediction_type = prediction_type;
  config.timestep_spacing = "leading";
  return config;
}

/// One generator for the whole batch, as torch.manual_seed(0) in diffusers' tests.
class SeededNoise {
 public:
  torch::Tensor operator()(const torch::Tensor& sample) { return generator_.normal(sample.sizes())[0]; }

 private:
  ImageGenerators generator_{{0}};
};

/// The dummy model through the scheduler's steps from `first` on; its output times `gain`.
inline torch::Tensor run_dummy(Scheduler& scheduler, torch::Tensor sample, std::size_t first = 0,
                               double gain = 1.0) {
  SeededNoise seeded;
  const NoiseSource noise = [&seeded](const torch::Tensor& like) { return seeded(like); };
  for (std::size_t index = first; index < scheduler.timesteps().size(); ++index) {
    const torch::Tensor input = scheduler.scale_model_input(sample, index);
    const torch::Tensor output = gain * dummy_model(input, scheduler.timesteps()[index]);
    sample = scheduler.step(output, index, sample, noise).prev_sample;
  }
  return sample;
}

inline double sum_of(const torch::Tensor& result) {
  return result.abs().sum().item<double>();
}
inline double mean_of(const torch::Tensor& result) {
  return result.abs().mean().item<double>();
}

/// With the tolerances of diffusers' tests.
inline void expect_sum_and_mean(const torch::Tensor& result, double sum, double mean) {
  EXPECT_NEAR(sum_of(result), sum, 1e-2);
  EXPECT_NEAR(mean_of(result), mean, 1e-3);
}

}  // namespace glyffuser::testing

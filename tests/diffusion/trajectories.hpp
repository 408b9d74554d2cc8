#pragma once
// Whole runs beside diffusers 0.42 with the same denoiser and noise: scripts/fixtures/{diffusion,solvers}.py.

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "glyffuser/diffusion/sampler.hpp"

namespace glyffuser::testing {

inline nlohmann::json read_fixture(const std::string& name) {
  std::ifstream file(GLYFFUSER_SOURCE_DIR "/tests/fixtures/diffusion/" + name);
  return nlohmann::json::parse(file);
}

/// The config of a row [scheduler, schedule, prediction, spacing, steps, ...].
inline SchedulerConfig config_of_row(const nlohmann::json& row) {
  const std::string schedule = row[1];
  SchedulerConfig config;
  config.beta_schedule = schedule == "cosine"     ? "squaredcos_cap_v2"
                         : schedule == "zero_snr" ? "linear"
                                                  : schedule;
  config.rescale_betas_zero_snr = schedule == "zero_snr";
  if (schedule == "scaled_linear") {
    config.beta_start = 0.00085;
    config.beta_end = 0.012;
  }
  config.prediction_type = row[2];
  config.timestep_spacing = row[3];
  config.dynamic_thresholding_ratio = 0.9;
  config.sample_max_value = 2.0;
  return config;
}

/// Both images of the fixtures after all steps.
inline torch::Tensor run_trajectory(Scheduler& scheduler) {
  const Denoiser denoiser = [](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    const double t = timesteps[0].item<double>();
    return 1.5 * noisy * t / (t + 1) - 0.25;
  };
  ImageGenerators generators({5, 6});
  const torch::Tensor noise = generators.normal({1, 8, 8});
  return sample(denoiser, scheduler, scheduler.init_noise_sigma() * noise, image_noise(generators));
}

/// `summary`: sum, mean magnitude, elements 0, 77 and 127. Sum and elements may differ by these tolerances
/// times the largest element, if that is more than 1.
inline void expect_summary(const torch::Tensor& images, const nlohmann::json& summary, double mean_tolerance,
                           double element_tolerance) {
  const torch::Tensor flat = images.to(torch::kFloat64).flatten();
  const double scale = std::max(1.0, flat.abs().max().item<double>());
  EXPECT_NEAR(flat.sum().item<double>(), summary[0], 128 * mean_tolerance * scale);
  EXPECT_NEAR(flat.abs().mean().item<double>(), summary[1], mean_tolerance * scale);
  const int picks[] = {0, 77, 127};
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(flat[picks[i]].item<double>(), summary[i + 2], element_tolerance * scale);
}

}  // namespace glyffuser::testing

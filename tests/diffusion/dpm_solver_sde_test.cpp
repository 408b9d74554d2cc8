#include "glyffuser/diffusion/dpm_solver_sde.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "glyffuser/core/error.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/diffusion/sigmas.hpp"
#include "glyffuser/diffusion/timesteps.hpp"
#include "tests/diffusion/anchors.hpp"
#include "tests/diffusion/gaussian.hpp"
#include "tests/diffusion/trajectories.hpp"

namespace glyffuser {
namespace {

using testing::diffusers_config;
using testing::GaussianData;

std::vector<double> trailing(std::int64_t steps) {
  return fractional_timesteps("trailing", 1000, steps);
}

/// Steps evenly spaced in noise, for a model that predicts x_0.
DpmSolverSdeScheduler karras(std::int64_t steps, double eta = 1) {
  SchedulerConfig config = diffusers_config("sample");
  config.solver.use_karras_sigmas = true;
  return {config, fractional_timesteps("linspace", 1000, steps), eta};
}

/// `x` after all steps with the best denoiser for Gaussian data.
torch::Tensor run_gaussian(DpmSolverSdeScheduler& scheduler, torch::Tensor x, const NoiseSource& noise) {
  const GaussianData data;
  scheduler.reset();
  for (std::size_t i = 0; i < scheduler.timesteps().size(); ++i) {
    const torch::Tensor input = scheduler.scale_model_input(x, i);
    x = scheduler.step(data.original(input, scheduler.sigmas()[i]), i, x, noise).prev_sample;
  }
  return x;
}

TEST(DpmSolverSdeTest, TwoEvaluationsAStepAndOneAtTheEnd) {
  const DpmSolverSdeScheduler scheduler(diffusers_config(), trailing(4));
  const auto& timesteps = scheduler.timesteps();
  ASSERT_EQ(timesteps.size(), 7U);
  EXPECT_EQ(timesteps[0], 999);
  EXPECT_EQ(timesteps[2], 749);
  EXPECT_EQ(timesteps[6], 249);
  for (std::size_t i = 1; i < 7; i += 2) {
    EXPECT_LT(timesteps[i], timesteps[i - 1]);
    EXPECT_GT(timesteps[i], timesteps[i + 1]);
    EXPECT_NEAR(scheduler.sigmas()[i], std::sqrt(scheduler.sigmas()[i - 1] * scheduler.sigmas()[i + 1]),
                1e-6);
  }
  EXPECT_EQ(scheduler.sigmas().back(), 0);
  EXPECT_EQ(scheduler.first_evaluation(1), 0U);
  EXPECT_EQ(scheduler.first_evaluation(0.5), 4U);
  EXPECT_EQ(scheduler.first_evaluation(0), 6U);
}

TEST(DpmSolverSdeTest, SamplesAreImagesWithUnscaledSignal) {
  SchedulerConfig config = diffusers_config();
  const double with_signal = DpmSolverSdeScheduler(config, trailing(4)).init_noise_sigma();
  config.timestep_spacing = "trailing";
  const DpmSolverSdeScheduler scheduler(config, trailing(4));
  const torch::Tensor image = testing::dummy_sample();
  const torch::Tensor noise = testing::dummy_noise();
  const torch::Tensor noisy = scheduler.add_noise(image, noise, 2);
  EXPECT_TRUE(torch::allclose(noisy, image + scheduler.sigmas()[2] * noise));
  // The denoiser meets x_t.
  const torch::Tensor timestep = torch::full({4}, 749, torch::kInt64);
  EXPECT_TRUE(torch::allclose(scheduler.scale_model_input(noisy, 2),
                              scheduler.schedule().add_noise(image, noise, timestep), 1e-5, 1e-6));
  EXPECT_EQ(scheduler.init_noise_sigma(), scheduler.sigmas()[0]);
  EXPECT_NEAR(with_signal, std::sqrt(1 + std::pow(scheduler.sigmas()[0], 2)), 1e-9);  // leading
}

TEST(DpmSolverSdeTest, TrajectoriesEqualDiffusersOnTheSamePath) {
  int compared = 0;
  for (const nlohmann::json& row : testing::read_fixture("solvers.json")) {
    const std::string name = row[0];
    if (name != "dpmsolver-sde") continue;
    SCOPED_TRACE(row.dump());
    SchedulerConfig config = testing::config_of_row(row);
    config.solver.use_karras_sigmas = row[5] == "karras";
    // In a single step diffusers subtracts all noise, sigma = 20000 with the cosine schedule, in float32.
    const double sigma = SigmaTable(NoiseSchedule(config)).largest();
    const double tolerance = row[4] == 1 ? std::max(1e-4, 2e-7 * sigma) : 1e-4;
    const torch::Tensor images = testing::run_trajectory(*make_scheduler(name, config, row[4]));
    testing::expect_summary(images, row[6], tolerance, tolerance);
    ++compared;
  }
  EXPECT_GT(compared, 240);
}

TEST(DpmSolverSdeTest, SixtyOneTrailingStepsAreSixtyOne) {
  // diffusers appends a time step -1.
  const DpmSolverSdeScheduler scheduler(diffusers_config(), trailing(61));
  EXPECT_EQ(scheduler.timesteps().size(), 121U);
  EXPECT_EQ(scheduler.timesteps().back(), 15);
}

TEST(DpmSolverSdeTest, ZeroTerminalSnrIsHeeded) {
  // diffusers' class does not know rescale_betas_zero_snr and samples with another schedule than the model's.
  SchedulerConfig config = diffusers_config("v_prediction");
  config.rescale_betas_zero_snr = true;
  DpmSolverSdeScheduler scheduler(config, trailing(1000));
  EXPECT_NEAR(scheduler.init_noise_sigma(), 4096, 0.1);
  for (std::size_t i = 0; i + 1 < scheduler.sigmas().size(); ++i)
    ASSERT_GT(scheduler.sigmas()[i], scheduler.sigmas()[i + 1]) << i;
}

TEST(DpmSolverSdeTest, WithoutNoiseItIsASecondOrderSolver) {
  const GaussianData data;
  const auto error = [&](std::int64_t steps) {
    DpmSolverSdeScheduler scheduler = karras(steps, 0);
    // In this space x is sqrt(1 + sigma^2) times as large; the end is the last prediction of x_0.
    const double first = scheduler.sigmas()[0];
    const double last = scheduler.sigmas()[scheduler.sigmas().size() - 2];
    const torch::Tensor start = torch::full({1, 1, 1, 1}, std::sqrt(1 + first * first), torch::kFloat64);
    const double end = run_gaussian(scheduler, start, {}).item<double>();
    const torch::Tensor flow = torch::full({1}, data.flow(first, last), torch::kFloat64);
    return std::abs(end - data.original(flow, last).item<double>());
  };
  EXPECT_GT(error(40) / error(80), 3.2);
  EXPECT_LT(error(160), 5e-4);
}

TEST(DpmSolverSdeTest, LittleNoiseLeadsNearTheDeterministicResult) {
  const torch::Tensor start = 157 * torch::ones({1, 1, 4, 4});
  const auto end = [&](double eta) {
    DpmSolverSdeScheduler scheduler = karras(20, eta);
    ImageGenerators generators({1});
    return run_gaussian(scheduler, start, image_noise(generators));
  };
  const double near = (end(1e-3) - end(0)).abs().max().item<double>();
  const double far = (end(1e-1) - end(0)).abs().max().item<double>();
  EXPECT_GT(near, 0);
  EXPECT_LT(near, 5e-3);
  EXPECT_GT(far, 10 * near);
}

TEST(DpmSolverSdeTest, MoreStepsConvergeAlongOnePath) {
  const auto end = [](std::int64_t steps) {
    DpmSolverSdeScheduler scheduler = karras(steps);
    ImageGenerators generators({1, 2});
    const torch::Tensor start = scheduler.init_noise_sigma() * generators.normal({1, 16, 16});
    return run_gaussian(scheduler, start, image_noise(generators));
  };
  const torch::Tensor reference = end(1000);
  double before = 1;
  for (const std::int64_t steps : {8, 32, 128}) {
    const double error = (end(steps) - reference).square().mean().sqrt().item<double>();
    EXPECT_LT(error, 0.6 * before) << steps;
    before = error;
  }
  EXPECT_LT(before, 0.05);
}

TEST(DpmSolverSdeTest, KeepsTheLaw) {
  DpmSolverSdeScheduler scheduler = karras(100);
  ImageGenerators generators({1, 2});
  const torch::Tensor start = scheduler.init_noise_sigma() * generators.normal({1, 128, 128});
  const torch::Tensor images = run_gaussian(scheduler, start, image_noise(generators));
  EXPECT_NEAR(images.std().item<double>(), GaussianData().deviation, 0.02);
}

TEST(DpmSolverSdeTest, AsksForRandomNumbersOnce) {
  std::vector<std::vector<std::int64_t>> asked;
  const NoiseSource noise = [&](const torch::Tensor& like) {
    asked.push_back(like.sizes().vec());
    return torch::zeros_like(like);
  };
  DpmSolverSdeScheduler scheduler = karras(5);
  run_gaussian(scheduler, torch::ones({2, 1, 4, 4}), noise);
  EXPECT_EQ(asked, (std::vector<std::vector<std::int64_t>>{{2, 4}}));
  // Every image has its own path.
  ImageGenerators same({3, 3, 4});
  const torch::Tensor images = run_gaussian(scheduler, torch::ones({3, 1, 4, 4}), image_noise(same));
  EXPECT_TRUE(torch::equal(images[0], images[1]));
  EXPECT_FALSE(torch::equal(images[0], images[2]));
}

TEST(DpmSolverSdeTest, HalfPrecisionIsComputedWithInFloat32) {
  DpmSolverSdeScheduler scheduler(diffusers_config(), trailing(3), 0);
  const torch::Tensor sample = testing::dummy_sample().to(torch::kBFloat16),
                      output = testing::dummy_noise().to(torch::kBFloat16);
  const StepResult half = scheduler.step(output, 0, sample, {});
  const StepResult whole = scheduler.step(output.to(torch::kFloat32), 0, sample.to(torch::kFloat32), {});
  EXPECT_TRUE(torch::equal(half.prev_sample, whole.prev_sample.to(torch::kBFloat16)));
  EXPECT_TRUE(torch::equal(half.pred_original_sample, whole.pred_original_sample.to(torch::kBFloat16)));
}

TEST(DpmSolverSdeTest, EverySecondEvaluationNeedsTheFirstOfItsStep) {
  DpmSolverSdeScheduler scheduler(diffusers_config(), trailing(4), 0);
  const torch::Tensor x = testing::dummy_sample();
  scheduler.step(x, 0, x, {});
  scheduler.step(x, 1, x, {});
  EXPECT_THROW(scheduler.step(x, 3, x, {}), std::logic_error);
  scheduler.step(x, 2, x, {});
  scheduler.reset();
  EXPECT_THROW(scheduler.step(x, 3, x, {}), std::logic_error);
}

TEST(DpmSolverSdeTest, RefusesWhatCannotBe) {
  for (const double eta : {-0.1, 1.5, std::nan("")})
    EXPECT_THROW(DpmSolverSdeScheduler(diffusers_config(), trailing(4), eta), ConfigError);
  EXPECT_THROW(DpmSolverSdeScheduler(diffusers_config(), {}), ConfigError);
  EXPECT_THROW(DpmSolverSdeScheduler(diffusers_config(), {999.5, 0}), ConfigError);
  EXPECT_THROW(DpmSolverSdeScheduler(diffusers_config(), {3, 3.5}), ConfigError);
  DpmSolverSdeScheduler scheduler(diffusers_config(), trailing(4));
  const torch::Tensor x = testing::dummy_sample();
  EXPECT_THROW(scheduler.step(x, 1, x, {}), std::logic_error);
}

TEST(DpmSolverSdeTest, KeepsTheDtypeOfTheSample) {
  for (const auto dtype : {torch::kFloat16, torch::kBFloat16, torch::kFloat32}) {
    DpmSolverSdeScheduler scheduler(diffusers_config(), trailing(3));
    EXPECT_EQ(testing::run_dummy(scheduler, testing::dummy_sample().to(dtype)).scalar_type(), dtype);
  }
}

}  // namespace
}  // namespace glyffuser

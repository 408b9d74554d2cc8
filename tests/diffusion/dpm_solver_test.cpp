#include "glyffuser/diffusion/dpm_solver.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "glyffuser/core/error.hpp"
#include "glyffuser/diffusion/make_scheduler.hpp"
#include "glyffuser/diffusion/timesteps.hpp"
#include "tests/diffusion/anchors.hpp"
#include "tests/diffusion/gaussian.hpp"
#include "tests/diffusion/trajectories.hpp"

namespace glyffuser {
namespace {

using testing::diffusers_config;
using testing::dummy_noise;
using testing::dummy_sample;
using ::testing::ElementsAre;
using testing::expect_sum_and_mean;
using testing::mean_of;
using testing::run_dummy;

SchedulerConfig linspace(const std::string& prediction_type = "epsilon") {
  SchedulerConfig config = diffusers_config(prediction_type);
  config.timestep_spacing = "linspace";
  return config;
}

/// The configuration of diffusers' tests/schedulers/test_scheduler_dpm_multi.py.
SchedulerConfig upstream(const std::string& prediction_type = "epsilon") {
  SchedulerConfig config = linspace(prediction_type);
  config.solver.lower_order_final = false;
  config.solver.final_sigmas_type = "sigma_min";
  return config;
}

double mean_of_ten_steps(const SchedulerConfig& config) {
  DpmSolverScheduler scheduler(config, 10);
  return mean_of(run_dummy(scheduler, dummy_sample()));
}

TEST(DpmSolverTest, TenSteps) {
  EXPECT_NEAR(mean_of_ten_steps(upstream()), 0.3301, 1e-3);
  EXPECT_NEAR(mean_of_ten_steps(upstream("v_prediction")), 0.2251, 1e-3);
}

TEST(DpmSolverTest, TenStepsEvenlySpacedInNoise) {
  SchedulerConfig config = upstream("v_prediction");
  config.solver.use_karras_sigmas = true;
  EXPECT_NEAR(mean_of_ten_steps(config), 0.2096, 1e-3);
  EXPECT_THAT(DpmSolverScheduler(config, 10).timesteps(),
              ElementsAre(999, 937, 864, 775, 663, 511, 301, 102, 18, 0));
  config.solver.use_karras_sigmas = false;
  config.solver.use_lu_lambdas = true;
  EXPECT_NEAR(mean_of_ten_steps(config), 0.1554, 1e-3);
}

TEST(DpmSolverTest, KarrasSigmasOfTheCosineScheduleHaveTimestepsCutOff) {
  // As in diffusers: 998.99999996, 998.495, 997.108, 937.002 and 6e-7.
  SchedulerConfig config = upstream("v_prediction");
  config.beta_schedule = "squaredcos_cap_v2";
  config.solver.use_karras_sigmas = true;
  EXPECT_THAT(DpmSolverScheduler(config, 5).timesteps(), ElementsAre(998, 998, 997, 937, 0));
}

TEST(DpmSolverTest, Thresholding) {
  // diffusers' test has a sample_max_value of 0.5, which a config here may not have: so x_0 is made before.
  SchedulerConfig clipping;
  clipping.thresholding = true;
  clipping.dynamic_thresholding_ratio = 0.87;
  clipping.sample_max_value = 0.5;
  DpmSolverScheduler scheduler(upstream("sample"), 10);
  torch::Tensor sample = dummy_sample();
  for (std::size_t i = 0; i < 10; ++i) {
    const double sigma = scheduler.sigmas()[i];
    const double signal = 1 / std::sqrt(1 + sigma * sigma);
    const torch::Tensor epsilon = testing::dummy_model(sample, scheduler.timesteps()[i]);
    const torch::Tensor original = clip_original((sample - sigma * signal * epsilon) / signal, clipping);
    sample = scheduler.step(original, i, sample, {}).prev_sample;
  }
  EXPECT_NEAR(mean_of(sample), 1.1364, 1e-3);
}

TEST(DpmSolverTest, LastFiveStepsOfANoisedImage) {
  DpmSolverScheduler scheduler(upstream(), 10);
  const torch::Tensor noisy = scheduler.add_noise(dummy_sample(), dummy_noise(), 5);
  expect_sum_and_mean(run_dummy(scheduler, noisy, 5), 318.4111, 0.4146);
}

// Further numbers, from an independent float32 implementation in NumPy, with the class's defaults.

TEST(DpmSolverTest, TenStepsWithTheDefaultsOfTheClass) {
  EXPECT_NEAR(mean_of_ten_steps(linspace()), 0.240900, 2e-5);
  EXPECT_NEAR(mean_of_ten_steps(linspace("v_prediction")), 0.098518, 2e-5);
  SchedulerConfig config = linspace("v_prediction");
  config.timestep_spacing = "trailing";
  EXPECT_NEAR(mean_of_ten_steps(config), 0.098972, 2e-5);
  config = linspace();
  config.solver.solver_order = 3;
  EXPECT_NEAR(mean_of_ten_steps(config), 0.244262, 2e-5);
  config.solver.solver_order = 1;
  EXPECT_NEAR(mean_of_ten_steps(config), 0.221262, 2e-5);
  config = linspace();
  config.solver.algorithm_type = "sde-dpmsolver++";
  EXPECT_NEAR(mean_of_ten_steps(config), 0.363084, 2e-5);
}

TEST(DpmSolverTest, TrajectoriesEqualDiffusers) {
  int compared = 0;
  for (const nlohmann::json& row : testing::read_fixture("solvers.json")) {
    const std::string name = row[0];
    if (name == "dpmsolver-sde") continue;
    SCOPED_TRACE(row.dump());
    SchedulerConfig config = testing::config_of_row(row);
    const nlohmann::json& solver = row[5];
    config.solver = {.solver_order = solver[0],
                     .solver_type = solver[1],
                     .lower_order_final = solver[4],
                     .euler_at_final = solver[5],
                     .use_karras_sigmas = solver[3] == "karras",
                     .use_lu_lambdas = solver[3] == "lu",
                     .final_sigmas_type = solver[2]};
    config.thresholding = row[4] == 5;
    const torch::Tensor images = testing::run_trajectory(*make_scheduler(name, config, row[4]));
    // Where diffusers' own result is not a number, ours is.
    ASSERT_TRUE(images.isfinite().all().item<bool>());
    if (row[6].is_null()) continue;
    // Where there is next to no signal, x_0 from a predicted noise is the small difference of two products of
    // sigma, 20000 with the cosine schedule: in float32 neither side knows it better.
    const double sigma = SigmaTable(NoiseSchedule(config)).largest();
    const double tolerance = name == "dpmsolver" && sigma > 1000 ? 2e-6 * sigma : 1e-4;
    testing::expect_summary(images, row[6], tolerance, tolerance);
    ++compared;
  }
  EXPECT_GT(compared, 900);
}

TEST(DpmSolverTest, EvenStepsInLogSigmaBeginWithTheLastTimestep) {
  // diffusers 0.42: set_timesteps(5) of DPMSolverMultistepScheduler(use_lu_lambdas=True, ...)
  SchedulerConfig config = diffusers_config();
  config.solver.use_lu_lambdas = true;
  EXPECT_THAT(DpmSolverScheduler(config, 5).timesteps(), ElementsAre(999, 722, 302, 30, 0));
  config.beta_schedule = "squaredcos_cap_v2";
  EXPECT_THAT(DpmSolverScheduler(config, 5).timesteps(), ElementsAre(999, 997, 942, 160, 0));
}

// What diffusers 0.42 gets wrong.

TEST(DpmSolverTest, AllTimestepsAreVisitedOnceEach) {
  // diffusers repeats time step 500 (linspace) or visits none but 0 (leading).
  for (const char* spacing : {"leading", "linspace", "trailing"}) {
    SchedulerConfig config = diffusers_config("v_prediction");
    config.timestep_spacing = spacing;
    DpmSolverScheduler scheduler(config, 1000);
    ASSERT_EQ(scheduler.timesteps().size(), 1000U) << spacing;
    for (std::size_t i = 0; i < 1000; ++i)
      ASSERT_EQ(scheduler.timesteps()[i], 999.0 - static_cast<double>(i));
    EXPECT_TRUE(run_dummy(scheduler, dummy_sample()).isfinite().all().item<bool>()) << spacing;
  }
}

TEST(DpmSolverTest, SixtyOneTrailingStepsAreSixtyOne) {
  // diffusers appends a time step -1.
  SchedulerConfig config = diffusers_config();
  config.timestep_spacing = "trailing";
  const DpmSolverScheduler scheduler(config, 61);
  EXPECT_EQ(scheduler.timesteps().size(), 61U);
  EXPECT_EQ(scheduler.timesteps().back(), 15);
}

TEST(DpmSolverTest, SigmasFallThoughTheTerminalSnrIsZero) {
  // diffusers' sigma of time step 998 is larger than that of 999.
  SchedulerConfig config = diffusers_config("v_prediction");
  config.rescale_betas_zero_snr = true;
  config.timestep_spacing = "trailing";
  const DpmSolverScheduler scheduler(config, 1000);
  for (std::size_t i = 0; i < 1000; ++i) ASSERT_GT(scheduler.sigmas()[i], scheduler.sigmas()[i + 1]) << i;
}

TEST(DpmSolverTest, EveryCombinationGivesNumbers) {
  // diffusers divides 0 by 0 in a last step of no length, and refuses dpmsolver with a final sigma of zero.
  const torch::Tensor start = dummy_sample();
  for (const char* name : {"dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"})
    for (const char* prediction : {"epsilon", "v_prediction", "sample"})
      for (const char* schedule : {"linear", "zero_snr", "squaredcos_cap_v2"})
        for (int bits = 0; bits < 32; ++bits)
          for (const std::int64_t steps : {1, 2, 3, 20}) {
            SchedulerConfig config = diffusers_config(prediction);
            config.num_train_timesteps = 20;
            config.rescale_betas_zero_snr = schedule == std::string("zero_snr");
            if (config.rescale_betas_zero_snr && config.prediction_type == "epsilon") continue;
            config.beta_schedule = config.rescale_betas_zero_snr ? "linear" : schedule;
            config.timestep_spacing = bits & 1 ? "trailing" : "linspace";
            config.solver.solver_type = bits & 2 ? "heun" : "midpoint";
            config.solver.final_sigmas_type = bits & 4 ? "sigma_min" : "zero";
            config.solver.use_karras_sigmas = bits & 8;
            config.solver.lower_order_final = false;
            config.solver.solver_order = bits & 16 ? 2 : std::string(name).starts_with("sde") ? 1 : 3;
            const auto scheduler = make_scheduler(name, config, steps);
            ASSERT_EQ(scheduler->timesteps().size(), static_cast<std::size_t>(steps));
            ASSERT_TRUE(run_dummy(*scheduler, start).isfinite().all().item<bool>())
                << name << prediction << schedule << bits << " " << steps;
          }
}

// Properties.

TEST(DpmSolverTest, TheEndIsNoNoisierThanTheLastStep) {
  for (int tenths = 1; tenths <= 20; ++tenths) {
    SchedulerConfig config = linspace("v_prediction");
    config.beta_start = 1e-4 * tenths;
    config.solver.use_lu_lambdas = true;
    config.solver.final_sigmas_type = "sigma_min";
    const std::vector<double> sigmas = DpmSolverScheduler(config, 5).sigmas();
    EXPECT_LE(sigmas[5], sigmas[4]) << config.beta_start;
  }
}

TEST(DpmSolverTest, FewerThanFifteenStepsEndWithLowerOrders) {
  for (const std::int64_t steps : {14, 15}) {
    const auto run = [&](bool lower_order_final) {
      SchedulerConfig config = upstream();
      config.solver.lower_order_final = lower_order_final;
      DpmSolverScheduler scheduler(config, steps);
      return run_dummy(scheduler, dummy_sample());
    };
    EXPECT_EQ(torch::equal(run(true), run(false)), steps == 15) << steps;
  }
}

TEST(DpmSolverTest, HalfPrecisionIsComputedWithInFloat32) {
  for (const char* prediction : {"epsilon", "sample"}) {
    DpmSolverScheduler scheduler(linspace(prediction), 4);
    const torch::Tensor sample = dummy_sample().to(torch::kFloat16),
                        output = dummy_noise().to(torch::kFloat16);
    const StepResult half = scheduler.step(output, 0, sample, {});
    const StepResult whole = scheduler.step(output.to(torch::kFloat32), 0, sample.to(torch::kFloat32), {});
    EXPECT_TRUE(torch::equal(half.prev_sample, whole.prev_sample.to(torch::kFloat16)));
    EXPECT_TRUE(torch::equal(half.pred_original_sample, whole.pred_original_sample.to(torch::kFloat16)));
  }
}

/// How far `steps` steps end from the exact solution for Gaussian data.
double error_of(SolverConfig solver, std::int64_t steps) {
  SchedulerConfig config = diffusers_config("sample");
  solver.use_lu_lambdas = true;
  solver.lower_order_final = false;
  solver.final_sigmas_type = "sigma_min";
  config.solver = solver;
  DpmSolverScheduler scheduler(config, steps);
  const testing::GaussianData data;
  torch::Tensor x = torch::ones({1, 1, 1, 1}, torch::kFloat64);
  for (std::size_t i = 0; i < scheduler.timesteps().size(); ++i)
    x = scheduler.step(data.original(x, scheduler.sigmas()[i]), i, x, {}).prev_sample;
  return std::abs(x.item<double>() - data.flow(scheduler.sigmas()[0], scheduler.sigmas().back()));
}

TEST(DpmSolverTest, TheErrorFallsWithTheOrder) {
  for (const char* algorithm : {"dpmsolver", "dpmsolver++"}) {
    for (const char* type : {"midpoint", "heun"}) {
      const auto gain = [&](std::int64_t order) {
        const SolverConfig solver{.algorithm_type = algorithm, .solver_order = order, .solver_type = type};
        return error_of(solver, 40) / error_of(solver, 80);
      };
      EXPECT_NEAR(gain(1), 2, 0.3) << algorithm << type;
      EXPECT_GT(gain(2), 3.2) << algorithm << type;
    }
    // The third order's first steps, which are of lower order, leave an error of the second.
    const SolverConfig third{.algorithm_type = algorithm, .solver_order = 3};
    EXPECT_GT(error_of(third, 40) / error_of(third, 80), 4) << algorithm;
  }
}

TEST(DpmSolverTest, TheStochasticFormsKeepTheLaw) {
  const testing::GaussianData data;
  for (const char* algorithm : {"sde-dpmsolver", "sde-dpmsolver++"}) {
    SchedulerConfig config = diffusers_config("sample");
    config.solver.algorithm_type = algorithm;
    config.solver.use_lu_lambdas = true;
    config.solver.final_sigmas_type = "sigma_min";
    DpmSolverScheduler scheduler(config, 200);
    ImageGenerators generators({1, 2});
    torch::Tensor x = generators.normal({1, 128, 128});
    for (std::size_t i = 0; i < 200; ++i)
      x = scheduler.step(data.original(x, scheduler.sigmas()[i]), i, x, image_noise(generators)).prev_sample;
    EXPECT_NEAR(x.std().item<double>(), data.deviation, 0.02) << algorithm;
  }
}

TEST(DpmSolverTest, TheFirstOrderIsDdim) {
  SchedulerConfig config = diffusers_config("v_prediction");
  config.clip_sample = false;
  config.timestep_spacing = "trailing";
  const auto ddim = make_scheduler("ddim", config, 12);
  const torch::Tensor expected = run_dummy(*ddim, dummy_sample());
  config.solver.solver_order = 1;
  for (const char* name : {"dpmsolver", "dpmsolver++"}) {
    const auto solver = make_scheduler(name, config, 12);
    EXPECT_TRUE(torch::allclose(run_dummy(*solver, dummy_sample()), expected, 1e-4, 1e-5)) << name;
  }
}

TEST(DpmSolverTest, OwnTimestepsEqualTheSpacedOnes) {
  DpmSolverScheduler spaced(linspace(), 10);
  DpmSolverScheduler own(linspace(), solver_timesteps("linspace", 1000, 10));
  EXPECT_THAT(own.timesteps(), ElementsAre(999, 899, 799, 699, 599, 500, 400, 300, 200, 100));
  EXPECT_EQ(own.sigmas(), spaced.sigmas());
  EXPECT_TRUE(torch::equal(run_dummy(own, dummy_sample()), run_dummy(spaced, dummy_sample())));
  SchedulerConfig config = linspace();
  config.solver.use_karras_sigmas = true;
  EXPECT_THROW(DpmSolverScheduler(config, std::vector<std::int64_t>{999, 0}), ConfigError);
  config.solver.use_karras_sigmas = false;
  config.solver.use_lu_lambdas = true;
  EXPECT_THROW(DpmSolverScheduler(config, std::vector<std::int64_t>{999, 0}), ConfigError);
  EXPECT_THROW(DpmSolverScheduler(config, 1001), ConfigError);
  EXPECT_THROW(DpmSolverScheduler(linspace(), std::vector<std::int64_t>{0, 1}), ConfigError);
}

TEST(DpmSolverTest, ClippedLambdasLeaveOutTheNoisiestTimesteps) {
  // diffusers: torch.searchsorted over the cosine schedule's lambdas.
  SchedulerConfig config = linspace("v_prediction");
  config.beta_schedule = "squaredcos_cap_v2";
  config.solver.lambda_min_clipped = -5.1;
  DpmSolverScheduler scheduler(config, 10);
  EXPECT_THAT(scheduler.timesteps(), ElementsAre(995, 896, 796, 696, 597, 498, 398, 298, 199, 100));
  config.timestep_spacing = "trailing";
  EXPECT_THAT(DpmSolverScheduler(config, 7).timesteps(), ElementsAre(995, 852, 709, 566, 424, 281, 138));
  config.num_train_timesteps = 37;
  config.solver.lambda_min_clipped = -2;
  EXPECT_THAT(DpmSolverScheduler(config, 5).timesteps(), ElementsAre(32, 25, 17, 10, 2));
  config.solver.lambda_min_clipped = 1000;  // all of them but one
  EXPECT_THAT(DpmSolverScheduler(config, 1).timesteps(), ElementsAre(0));
}

TEST(DpmSolverTest, ARunForgetsTheOneBefore) {
  DpmSolverScheduler scheduler(linspace(), 10);
  const torch::Tensor once = run_dummy(scheduler, dummy_sample());
  EXPECT_TRUE(torch::equal(run_dummy(scheduler, dummy_sample()), once));
  // Also one that was stopped half-way.
  scheduler.step(dummy_sample(), 0, dummy_sample(), {});
  scheduler.step(dummy_sample(), 1, dummy_sample(), {});
  EXPECT_TRUE(torch::equal(run_dummy(scheduler, dummy_sample()), once));
}

TEST(DpmSolverTest, ClipSampleDoesNothing) {
  SchedulerConfig config = linspace();
  DpmSolverScheduler with(config, 5);
  config.clip_sample = false;
  DpmSolverScheduler without(config, 5);
  EXPECT_TRUE(torch::equal(run_dummy(with, 9 * dummy_sample(), 0, 0.5),
                           run_dummy(without, 9 * dummy_sample(), 0, 0.5)));
}

TEST(DpmSolverTest, KeepsTheDtypeOfTheSample) {
  for (const auto dtype : {torch::kFloat16, torch::kBFloat16, torch::kFloat32}) {
    DpmSolverScheduler scheduler(linspace(), 4);
    const torch::Tensor result = run_dummy(scheduler, dummy_sample().to(dtype));
    EXPECT_EQ(result.scalar_type(), dtype);
  }
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/diffusion/loss.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/error.hpp"
#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

const char* const kPredictionTypes[] = {"epsilon", "v_prediction", "sample"};

SchedulerConfig linear(const std::string& prediction_type) {
  SchedulerConfig config;
  config.beta_schedule = "linear";
  config.prediction_type = prediction_type;
  return config;
}

struct Batch {
  torch::Tensor timesteps = torch::tensor({100, 500}, torch::kInt64);
  torch::Tensor original = torch::linspace(-1, 1, 32).reshape({2, 1, 4, 4});
  torch::Tensor noise = torch::linspace(3, -2, 32).reshape({2, 1, 4, 4});
};

TEST(LossTest, MinSnrWeightsByPredictionType) {
  const torch::Tensor timesteps = torch::tensor({100, 500}, torch::kInt64);
  const auto weights = [&](const char* type) {
    return DiffusionLoss(linear(type), {.min_snr_gamma = 5.0}).weights(timesteps);
  };
  EXPECT_NEAR(weights("epsilon")[0].item<double>(), 0.585709, 3e-6);
  EXPECT_NEAR(weights("epsilon")[1].item<double>(), 1.0, 1e-6);
  EXPECT_NEAR(weights("v_prediction")[0].item<double>(), 0.524292, 3e-6);
  EXPECT_NEAR(weights("v_prediction")[1].item<double>(), 0.0777967, 1e-7);
  EXPECT_NEAR(weights("sample")[0].item<double>(), 5.0, 1e-6);
  EXPECT_NEAR(weights("sample")[1].item<double>(), 0.0777967 / (1 - 0.0777967), 1e-6);
}

TEST(LossTest, WeightsAreFiniteAtZeroTerminalSnr) {
  for (const char* type : {"v_prediction", "sample"}) {
    SchedulerConfig config = linear(type);
    config.rescale_betas_zero_snr = true;
    const DiffusionLoss loss(config, {.min_snr_gamma = 5.0});
    EXPECT_EQ(loss.weights(torch::tensor({999}, torch::kInt64)).item<float>(), 0.0F) << type;
  }
}

TEST(LossTest, WithoutGammaEveryTimestepWeighsOne) {
  const torch::Tensor timesteps = torch::arange(1000, torch::kInt64);
  EXPECT_TRUE(torch::equal(DiffusionLoss(linear("epsilon"), {}).weights(timesteps), torch::ones({1000})));
}

TEST(LossTest, GammaMustBePositive) {
  EXPECT_THROW(DiffusionLoss(linear("epsilon"), {.min_snr_gamma = 0.0}), ConfigError);
  EXPECT_THROW(DiffusionLoss(linear("epsilon"), {.min_snr_gamma = -1.0}), ConfigError);
}

TEST(LossTest, VelocityGammaBoundsEveryWeightOrIsRefused) {
  const LossConfig config{.velocity_gamma = 5.0};
  for (const char* type : {"sample", "v_prediction"}) {
    const torch::Tensor weights =
        DiffusionLoss(linear(type), config).weights(torch::arange(1000, torch::kInt64));
    EXPECT_LE(weights.max().item<double>(), 5) << type;
  }
  testing::expect_error<ConfigError>([&] { DiffusionLoss(linear("epsilon"), config); },
                                     {"velocity_gamma", "epsilon", "min_snr_gamma"});
}

TEST(LossTest, ThePerfectDenoiserHasNoLoss) {
  const Batch batch;
  for (const char* type : kPredictionTypes) {
    const DiffusionLoss loss(linear(type), {});
    const Denoiser perfect = [&](const torch::Tensor&, const torch::Tensor& timesteps) {
      return loss.target(batch.original, timesteps, batch.noise);
    };
    const torch::Tensor per_image = loss(perfect, batch.original, batch.timesteps, batch.noise);
    EXPECT_TRUE(torch::equal(per_image, torch::zeros({2}))) << type;
  }
}

TEST(LossTest, IsTheWeightedMeanSquareOfEveryImage) {
  const Batch batch;
  const Denoiser silent = [](const torch::Tensor& noisy, const torch::Tensor&) {
    return torch::zeros_like(noisy).to(torch::kBFloat16);
  };
  const torch::Tensor per_image = DiffusionLoss(linear("epsilon"), {.min_snr_gamma = 5.0})(
      silent, batch.original, batch.timesteps, batch.noise);
  ASSERT_EQ(per_image.scalar_type(), torch::kFloat32);
  ASSERT_EQ(per_image.sizes(), torch::IntArrayRef({2}));
  EXPECT_NEAR(per_image[0].item<double>(), 0.585709 * batch.noise[0].square().mean().item<double>(), 1e-5);
  EXPECT_NEAR(per_image[1].item<double>(), batch.noise[1].square().mean().item<double>(), 1e-5);
}

}  // namespace
// The same error seen as one of x_0, of epsilon and of v is the same loss under the velocity's weight.
TEST(LossTest, VelocityWeightMakesXAndVelocityEqual) {
  const auto timesteps = torch::tensor({300, 500, 999}, torch::kInt64);
  const auto weights = [&](const char* type) {
    return DiffusionLoss(linear(type), {.velocity_gamma = 100.0}).weights(timesteps);
  };
  const auto snr = NoiseSchedule(linear("epsilon")).snr(timesteps);
  EXPECT_TRUE(torch::allclose(weights("v_prediction"), torch::ones({3})));
  EXPECT_TRUE(torch::allclose(weights("sample"), snr + 1));
}

TEST(LossTest, VelocityWeightIsBounded) {
  const auto timesteps = torch::tensor({0}, torch::kInt64);
  EXPECT_FLOAT_EQ(DiffusionLoss(linear("sample"), {.velocity_gamma = 5.0}).weights(timesteps).item<float>(),
                  5.0F);
  EXPECT_THROW(DiffusionLoss(linear("sample"), {.velocity_gamma = 1.0}), ConfigError);
  EXPECT_THROW(DiffusionLoss(linear("sample"), {.min_snr_gamma = 5.0, .velocity_gamma = 5.0}), ConfigError);
}

}  // namespace glyffuser

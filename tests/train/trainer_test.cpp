#include "glyffuser/train/trainer.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/expect_error.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {

using testing::tiny_config;

Batch batch_at(std::int64_t first) {
  Batch batch;
  batch.first_sample = first;
  for (std::int64_t i = first; i < first + 8; ++i) {
    batch.seeds.push_back(static_cast<std::uint64_t>(i));
    batch.glyphs.push_back(i);
    batch.captions.push_back(0);
  }
  // Bars of one width: something to learn.
  batch.images = torch::ones({8, 1, 32, 32});
  batch.images.narrow(2, 8, 8).fill_(-1.0);
  return batch;
}

Trainer make_trainer(const RunConfig& config) {
  return Trainer(config, nullptr, *config.train.steps, torch::kCPU);
}

TEST(TrainerTest, LearnsAConstantPicture) {
  RunConfig config = tiny_config();
  config.train.optimizer.learning_rate = 3e-3;
  config.train.lr_schedule = "constant";
  config.train.steps = 60;
  Trainer trainer = make_trainer(config);
  double first = 0;
  double last = 0;
  for (int i = 0; i < 60; ++i) {
    const double loss = trainer.step(batch_at(8 * i)).loss;
    if (i < 5) first += loss / 5;
    if (i >= 55) last += loss / 5;
  }
  EXPECT_LT(last, 0.6 * first);
}

TEST(TrainerTest, StoppedAndResumedIsBitIdentical) {
  RunConfig config = tiny_config();
  config.network.unet.dropout = 0.2;
  Trainer straight = make_trainer(config);
  for (int i = 0; i < 6; ++i) straight.step(batch_at(8 * i));
  Checkpoint middle;
  {
    Trainer first = make_trainer(config);
    for (int i = 0; i < 3; ++i) first.step(batch_at(8 * i));
    middle = first.checkpoint();
    torch::randn({5});  // the global generator plays no part
    Trainer second = make_trainer(config);
    second.load(middle);
    EXPECT_EQ(second.state().step, 3);
    EXPECT_EQ(second.state().samples, 24);
    for (int i = 3; i < 6; ++i) second.step(batch_at(8 * i));
    middle = second.checkpoint();
    for (auto& [name, tensor] : middle.weights) tensor = tensor.clone();
    for (auto& [name, tensor] : middle.ema) tensor = tensor.clone();
  }
  const Checkpoint end = straight.checkpoint();
  for (const auto& [name, tensor] : end.weights)
    EXPECT_TRUE(torch::equal(tensor, middle.weights.at(name))) << name;
  for (const auto& [name, tensor] : end.ema) EXPECT_TRUE(torch::equal(tensor, middle.ema.at(name))) << name;
}

TEST(TrainerTest, MicroBatchesAddUpToTheBatch) {
  RunConfig config = tiny_config();
  Trainer whole = make_trainer(config);
  config.train.micro_batch = 2;
  Trainer parts = make_trainer(config);
  const TrainStep a = whole.step(batch_at(0));
  const TrainStep b = parts.step(batch_at(0));
  EXPECT_NEAR(a.loss, b.loss, 1e-5 * a.loss);
  EXPECT_NEAR(a.grad_norm, b.grad_norm, 1e-4 * a.grad_norm);
}

TEST(TrainerTest, DropoutIsOffInValidation) {
  RunConfig config = tiny_config();
  config.network.unet.dropout = 0.5;
  Trainer trainer = make_trainer(config);
  const Batch batch = batch_at(0);
  const SampleDraws draws = draw_samples(batch.seeds, 32, {});
  const torch::Tensor first = trainer.losses(batch, draws);
  EXPECT_TRUE(torch::equal(first, trainer.losses(batch, draws)));
  EXPECT_TRUE(trainer.model().unet->is_training());
  const auto trained = trainer.step(batch_at(0)).loss;
  EXPECT_NE(trained, first.mean().item<double>());
}

TEST(TrainerTest, BadStepsAreSkippedAndThenEndTheRun) {
  RunConfig config = tiny_config();
  config.train.max_bad_steps = 2;
  Trainer trainer = make_trainer(config);
  trainer.step(batch_at(0));
  const torch::Tensor before = trainer.checkpoint().weights.begin()->second.clone();
  Batch broken = batch_at(8);
  broken.images.fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(trainer.step(broken).skipped);
  EXPECT_EQ(trainer.state().skipped_steps, 1);
  EXPECT_TRUE(torch::equal(trainer.checkpoint().weights.begin()->second, before));
  testing::expect_error<RunError>([&] { trainer.step(broken); }, {"diverged", "2 steps in a row"});
}

TEST(TrainerTest, AnEnormousLossIsSkippedToo) {
  RunConfig config = tiny_config();
  Trainer trainer = make_trainer(config);
  for (int i = 0; i < 3; ++i) trainer.step(batch_at(8 * i));
  Batch broken = batch_at(24);
  broken.images.fill_(1e9F);
  EXPECT_TRUE(trainer.step(broken).skipped);
  EXPECT_FALSE(trainer.step(batch_at(32)).skipped);
  EXPECT_EQ(trainer.state().divergence.good_steps, 4);
}

TEST(TrainerTest, TheSeedDecidesTheFirstWeights) {
  RunConfig config = tiny_config();
  const auto first_weights = [&](std::int64_t seed) {
    config.seed = seed;
    return make_trainer(config).checkpoint().weights.at("conv_in.weight").clone();
  };
  EXPECT_TRUE(torch::equal(first_weights(1), first_weights(1)));
  EXPECT_FALSE(torch::equal(first_weights(1), first_weights(2)));
}

TEST(TrainerTest, CheckpointingReachesTheNetwork) {
  RunConfig config = tiny_config();
  EXPECT_FALSE(make_trainer(config).model().unet->recomputes_in_backward());
  config.train.gradient_checkpointing = true;
  EXPECT_TRUE(make_trainer(config).model().unet->recomputes_in_backward());
}

TEST(TrainerTest, EachMicroBatchDropsValuesOfItsOwn) {
  RunConfig config = tiny_config();
  config.network.unet.dropout = 0.5;
  config.train.micro_batch = 4;
  PreparedBatch prepared = make_trainer(config).prepare(batch_at(0));
  const double loss = make_trainer(config).step(prepared).loss;
  prepared.batch.seeds[4] = 99;  // of the second micro-batch; what was drawn stays
  EXPECT_NE(make_trainer(config).step(prepared).loss, loss);
}

// The copy that works in bfloat16 is the weights' again, whatever came between two steps.
TEST(TrainerTest, InBfloat16ValidationAndLoadingLeaveNoTrace) {
  RunConfig config = tiny_config();
  config.train.precision = "bf16";
  const auto weights_of = [](const Trainer& trainer) {
    return trainer.checkpoint().weights.at("conv_in.weight").clone();
  };
  Trainer straight = make_trainer(config), disturbed = make_trainer(config), reloaded = make_trainer(config);
  for (Trainer* trainer : {&straight, &disturbed, &reloaded})
    for (int i = 0; i < 3; ++i) trainer->step(batch_at(8 * i));
  {
    const Ema::Applied averaged(disturbed.ema());
    disturbed.losses(batch_at(0), draw_samples(batch_at(0).seeds, 32, {}));
  }
  Trainer other = make_trainer(config);
  reloaded.load(other.checkpoint());
  for (int i = 0; i < 3; ++i) reloaded.step(batch_at(8 * i));
  EXPECT_TRUE(torch::equal(weights_of(reloaded), weights_of(straight)));
  straight.step(batch_at(24));
  disturbed.step(batch_at(24));
  EXPECT_TRUE(torch::equal(weights_of(disturbed), weights_of(straight)));
}

TEST(SampleDrawsTest, EveryRowDependsOnItsSeedAlone) {
  const SampleDraws all = draw_samples({1, 2, 3, 4}, 16, {.caption_dropout = 0.5});
  const SampleDraws one = draw_samples({3}, 16, {.caption_dropout = 0.5});
  EXPECT_TRUE(torch::equal(all.noise[2], one.noise[0]));
  EXPECT_EQ(all.timesteps[2].item<std::int64_t>(), one.timesteps[0].item<std::int64_t>());
  EXPECT_EQ(all.drop_caption[2], one.drop_caption[0]);
}

std::vector<std::uint64_t> first_seeds(std::size_t count) {
  std::vector<std::uint64_t> seeds(count);
  std::iota(seeds.begin(), seeds.end(), 0);
  return seeds;
}

TEST(SampleDrawsTest, TimestepsAndDropoutHaveTheRightShares) {
  const std::vector<std::uint64_t> seeds = first_seeds(20'000);
  const SampleDraws draws = draw_samples(seeds, 1, {.caption_dropout = 0.1});
  const auto dropped = std::count(draws.drop_caption.begin(), draws.drop_caption.end(), true);
  EXPECT_NEAR(static_cast<double>(dropped), 2000, 5 * std::sqrt(20'000 * 0.09));
  EXPECT_NEAR(draws.timesteps.to(torch::kFloat64).mean().item<double>(), 499.5,
              5 * 288.7 / std::sqrt(20'000));
  EXPECT_EQ(draws.timesteps.min().item<std::int64_t>(), 0);
  EXPECT_EQ(draws.timesteps.max().item<std::int64_t>(), 999);
}

TEST(SampleDrawsTest, AShiftMovesTimestepsButNotTheirRange) {
  const std::vector<std::uint64_t> seeds = first_seeds(20'000);
  const auto share_below = [&](double shift, std::int64_t timestep) {
    const SampleDraws draws = draw_samples(seeds, 1, {.timestep_shift = shift});
    EXPECT_GE(draws.timesteps.min().item<std::int64_t>(), 0);
    EXPECT_LE(draws.timesteps.max().item<std::int64_t>(), 999);
    return (draws.timesteps < timestep).to(torch::kFloat64).mean().item<double>();
  };
  const double five_deviations = 5 * 0.5 / std::sqrt(20'000);
  EXPECT_NEAR(share_below(0.5, 500), 2.0 / 3, five_deviations);  // u < 2/3 gives t / T < 1/2
  EXPECT_NEAR(share_below(2, 500), 1.0 / 3, five_deviations);
  EXPECT_NEAR(share_below(0.5, 900), 9.0 / 9.5, five_deviations);
}

TEST(SampleDrawsTest, LogitNormalTimestepsGatherWhereTheShiftSays) {
  const std::vector<std::uint64_t> seeds = first_seeds(20'000);
  const SampleDraws draws =
      draw_samples(seeds, 1, {.timestep_shift = std::exp(0.4), .timestep_logit_std = 0.8});
  EXPECT_GE(draws.timesteps.min().item<std::int64_t>(), 0);
  EXPECT_LE(draws.timesteps.max().item<std::int64_t>(), 999);
  const auto share_below = [&](double deviations) {
    const double share = 1 / (1 + std::exp(-(0.4 + 0.8 * deviations)));
    return (draws.timesteps < static_cast<std::int64_t>(std::lround(1000 * share)))
        .to(torch::kFloat64)
        .mean()
        .item<double>();
  };
  // The normal distribution's, and what rounding to a time step adds at most: 0.4 / 1000 / 0.24 / 0.8 of a
  // deviation.
  const double tolerance = 5 * 0.5 / std::sqrt(20'000) + 0.001;
  EXPECT_NEAR(share_below(-2), 0.02275, tolerance);
  EXPECT_NEAR(share_below(-1), 0.15866, tolerance);
  EXPECT_NEAR(share_below(0), 0.5, tolerance);
  EXPECT_NEAR(share_below(1), 0.84134, tolerance);
}

TEST(SampleDrawsTest, NoTimestepLiesBeyondTheSchedule) {
  // So wide that the sigmoid rounds to 1 for many.
  const SampleDraws draws = draw_samples(first_seeds(200), 1, {.timestep_logit_std = 100});
  EXPECT_EQ(draws.timesteps.max().item<std::int64_t>(), 999);
}

}  // namespace glyffuser

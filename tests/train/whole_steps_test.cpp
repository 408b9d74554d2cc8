#include "glyffuser/train/whole_steps.hpp"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <limits>

#include "glyffuser/train/trainer.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {

using testing::tiny_config;
namespace {

/// Bars whose width goes with their place in the run.
Batch bars(std::int64_t first) {
  Batch batch;
  batch.images = torch::ones({8, 1, 32, 32});
  for (std::int64_t i = 0; i < 8; ++i) {
    batch.seeds.push_back(static_cast<std::uint64_t>(first + i));
    batch.glyphs.push_back(first + i);
    batch.captions.push_back(0);
    batch.images[i].narrow(1, 8, 4 + i).fill_(-1.0);
  }
  return batch;
}

Batch broken_bars(std::int64_t first) {
  Batch batch = bars(first);
  batch.images.fill_(std::numeric_limits<float>::quiet_NaN());
  return batch;
}

using Tensors = std::map<std::string, torch::Tensor>;

/// Weights, averages and moments as they are now.
Tensors everything(const Trainer& trainer) {
  const Checkpoint checkpoint = trainer.checkpoint();
  Tensors all;
  for (const auto& [prefix, part] : {std::pair<std::string, Tensors>{"weights.", checkpoint.weights},
                                     {"ema.", checkpoint.ema},
                                     {"optimizer.", checkpoint.optimizer}}) {
    for (const auto& [name, tensor] : part) all[prefix + name] = tensor.cpu().clone();
  }
  return all;
}

double greatest_difference(const Tensors& a, const Tensors& b) {
  double greatest = 0;
  for (const auto& [name, tensor] : a)
    greatest = std::max(greatest, (tensor - b.at(name)).abs().max().item<double>());
  return greatest;
}

/// Eight steps, of which the fourth is bad.
std::vector<TrainStep> take_steps(Trainer& trainer) {
  std::vector<TrainStep> steps;
  for (int i = 0; i < 8; ++i) steps.push_back(trainer.step(i == 3 ? broken_bars(8 * i) : bars(8 * i)));
  return steps;
}

void expect_same_training(Trainer& whole, Trainer& in_parts, double tolerance = 1e-4) {
  const auto ours = take_steps(whole), theirs = take_steps(in_parts);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].skipped, i == 3);
    EXPECT_EQ(theirs[i].skipped, i == 3);
    if (i == 3) continue;
    EXPECT_NEAR(ours[i].loss, theirs[i].loss, 1e-4 * theirs[i].loss) << i;
    EXPECT_NEAR(ours[i].grad_norm, theirs[i].grad_norm, 1e-3 * theirs[i].grad_norm) << i;
  }
  EXPECT_LT(greatest_difference(everything(whole), everything(in_parts)), tolerance);
  EXPECT_EQ(whole.state().skipped_steps, 1);
  EXPECT_EQ(whole.checkpoint().state.ema_updates, 7);
}

TEST(WholeStepsTest, TrainAsStepsThatTheHostDecidesOn) {
  Trainer whole(tiny_config(), nullptr, 20, torch::kCPU), in_parts(tiny_config(), nullptr, 20, torch::kCPU);
  whole.take_whole_steps();
  expect_same_training(whole, in_parts);
}

TEST(WholeStepsTest, DropTheSameValues) {
  RunConfig config = tiny_config();
  config.network.unet.dropout = 0.3;
  Trainer whole(config, nullptr, 20, torch::kCPU), in_parts(config, nullptr, 20, torch::kCPU);
  whole.take_whole_steps();
  expect_same_training(whole, in_parts);
}

TEST(WholeStepsTest, ABadStepChangesNothing) {
  RunConfig config = tiny_config();
  config.train.precision = "bf16";
  Trainer trainer(config, nullptr, 20, torch::kCPU);
  trainer.take_whole_steps();
  for (int i = 0; i < 3; ++i) trainer.step(bars(8 * i));
  const Tensors before = everything(trainer);
  EXPECT_TRUE(trainer.step(broken_bars(24)).skipped);
  Batch huge = bars(24);
  huge.images.fill_(1e9F);
  EXPECT_TRUE(trainer.step(huge).skipped);
  EXPECT_EQ(greatest_difference(everything(trainer), before), 0);
  EXPECT_FALSE(trainer.step(bars(32)).skipped);
  EXPECT_GT(greatest_difference(everything(trainer), before), 0);
}

TEST(WholeStepsTest, AnAttemptThatBrokeOffLeavesNoGradients) {
  Trainer trainer(tiny_config(), nullptr, 20, torch::kCPU), other(tiny_config(), nullptr, 20, torch::kCPU);
  trainer.take_whole_steps();
  other.take_whole_steps();
  for (const torch::Tensor& weight : trainer.model().unet->parameters())
    torch::Tensor(weight).mutable_grad() = torch::ones_like(weight);
  trainer.step(bars(0));
  other.step(bars(0));
  EXPECT_EQ(greatest_difference(everything(trainer), everything(other)), 0);
}

/// Tests of the device itself are skipped where there is none.
class GpuTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  }
  const torch::Device gpu_{torch::kCUDA, 0};
};

TEST_F(GpuTest, ReplayedStepsTrainAsEagerOnes) {
  for (const double dropout : {0.0, 0.3}) {
    RunConfig config = tiny_config();
    config.network.unet.dropout = dropout;
    Trainer replayed(config, nullptr, 20, gpu_);
    config.train.cuda_graphs = false;
    Trainer eager(config, nullptr, 20, gpu_);
    // A GPU adds up in changing order, of which Adam makes much where a gradient is next to nothing.
    expect_same_training(replayed, eager, 5e-4);
  }
}

TEST_F(GpuTest, TrainsInBfloat16) {
  RunConfig config = tiny_config();
  config.train.precision = "bf16";
  config.train.lr_schedule = "constant";
  config.train.optimizer.learning_rate = 3e-3;
  Trainer trainer(config, nullptr, 60, gpu_);
  double first = 0, last = 0;
  for (int i = 0; i < 60; ++i) {
    const double loss = trainer.step(bars(8 * i)).loss;
    if (i < 5) first += loss / 5;
    if (i >= 55) last += loss / 5;
  }
  EXPECT_LT(last, 0.75 * first);  // 0.62 is usual
}

TEST_F(GpuTest, ValidatesAndDrawsBetweenReplays) {
  Trainer trainer(tiny_config(), nullptr, 20, gpu_);
  for (int i = 0; i < 3; ++i) trainer.step(bars(8 * i));
  const Batch batch = bars(0);
  const SampleDraws draws = draw_samples(batch.seeds, 32, {});
  const torch::Tensor own = trainer.losses(batch, draws);
  {
    const Ema::Applied averaged(trainer.ema());
    EXPECT_FALSE(torch::equal(trainer.losses(batch, draws), own));
  }
  EXPECT_TRUE(torch::equal(trainer.losses(batch, draws), own));
  EXPECT_FALSE(trainer.step(bars(24)).skipped);
  EXPECT_FALSE(torch::equal(trainer.losses(batch, draws), own));
}

}  // namespace
}  // namespace glyffuser

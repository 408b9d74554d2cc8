#include "glyffuser/train/data_parallel.hpp"

#include <gtest/gtest.h>

#include "glyffuser/core/text.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/ranks.hpp"
#include "tests/support/tiny_run.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;
using testing::run_ranks;
using testing::tiny_config;
using DataParallelTest = testing::RanksTest;

constexpr std::int64_t kBatch = 8;

/// New tensors, and so new networks, are of float64 for the lifetime of the object, also on other threads.
class Float64 {
 public:
  Float64() { torch::set_default_dtype(caffe2::TypeMeta::Make<double>()); }
  ~Float64() { torch::set_default_dtype(caffe2::TypeMeta::Make<float>()); }
  Float64(const Float64&) = delete;
  Float64& operator=(const Float64&) = delete;
};

// What a rank is given of the batch at `step`. Glyph i shows a bar at height i.
Batch share_of(std::int64_t step, const Communicator& ranks) {
  const std::int64_t size = kBatch / ranks.size();
  Batch batch;
  batch.first_sample = step * kBatch + ranks.rank() * size;
  batch.images = torch::ones({size, 1, 32, 32});
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t sample = batch.first_sample + i;
    batch.seeds.push_back(static_cast<std::uint64_t>(sample));
    batch.glyphs.push_back(sample);
    batch.captions.push_back(0);
    batch.images[i].narrow(1, sample % 24, 8).fill_(-1.0);
  }
  return batch;
}

using Tensors = std::map<std::string, torch::Tensor>;

Tensors weights_after(std::int64_t steps, const RunConfig& config, const Communicator& ranks) {
  Trainer trainer(config, nullptr, *config.train.steps, torch::kCPU, ranks);
  for (std::int64_t step = 0; step < steps; ++step) trainer.step(share_of(step, ranks));
  EXPECT_EQ(trainer.state().samples, steps * kBatch);
  return trainer.checkpoint().weights;
}

double largest_difference(const Tensors& a, const Tensors& b) {
  double largest = 0;
  for (const auto& [name, tensor] : a)
    largest = std::max(largest, (tensor - b.at(name)).abs().max().item<double>());
  return largest;
}

TEST_F(DataParallelTest, InFloat64TheWeightsAreThoseOfOneProcess) {
  const Float64 everywhere;
  for (const int size : {2, 4}) {
    RunConfig config = tiny_config();
    if (size == 2) config.train.micro_batch = 2;
    const Tensors expected = weights_after(20, config, Communicator::alone());
    ASSERT_EQ(expected.begin()->second.scalar_type(), torch::kFloat64);
    run_ranks(size, [&](const Communicator& ranks) {
      const double difference = largest_difference(expected, weights_after(20, config, ranks));
      EXPECT_LT(difference, 1e-9) << "rank " << ranks.rank() << " of " << size;
      if (ranks.is_first()) RecordProperty(cat("difference_of_", size), shortest(difference));
    });
    EXPECT_GT(largest_difference(expected, weights_after(0, config, Communicator::alone())), 1e-3);
  }
}

std::vector<torch::Tensor> first_gradients(const RunConfig& config, const Communicator& ranks,
                                           TrainStep& result) {
  Trainer trainer(config, nullptr, *config.train.steps, torch::kCPU, ranks);
  result = trainer.step(share_of(0, ranks));
  // Adam's first moment after the first step is the gradient times 1 - beta1.
  std::vector<torch::Tensor> gradients;
  for (const auto& [name, moment] : trainer.checkpoint().optimizer) {
    if (name.starts_with("exp_avg."))
      gradients.push_back(moment.to(torch::kFloat64).flatten() / (1 - config.train.optimizer.beta1));
  }
  return gradients;
}

TEST_F(DataParallelTest, TheFirstGradientsAreThoseOfOneProcess) {
  RunConfig config = tiny_config();
  config.train.max_grad_norm = 0;
  TrainStep alone;
  const torch::Tensor expected = torch::cat(first_gradients(config, Communicator::alone(), alone));
  run_ranks(2, [&](const Communicator& ranks) {
    TrainStep result;
    const torch::Tensor gradients = torch::cat(first_gradients(config, ranks, result));
    const double difference = (gradients - expected).norm().item<double>() / expected.norm().item<double>();
    EXPECT_LT(difference, 1e-5);
    if (ranks.is_first()) RecordProperty("relative_difference", shortest(difference));
    EXPECT_NEAR(result.loss, alone.loss, 1e-6 * alone.loss);
    EXPECT_NEAR(result.grad_norm, alone.grad_norm, 1e-5 * alone.grad_norm);
  });
}

TEST_F(DataParallelTest, AllSkipAStepThatIsNotFiniteOnOne) {
  run_ranks(2, [](const Communicator& ranks) {
    Trainer trainer(tiny_config(), nullptr, 20, torch::kCPU, ranks);
    Batch batch = share_of(0, ranks);
    if (ranks.rank() == 1) batch.images.fill_(std::numeric_limits<float>::quiet_NaN());
    EXPECT_TRUE(trainer.step(batch).skipped) << ranks.rank();
    EXPECT_FALSE(trainer.step(share_of(1, ranks)).skipped) << ranks.rank();
    EXPECT_EQ(trainer.state().skipped_steps, 1);
  });
}

TEST_F(DataParallelTest, AllLearnThatOneWasToldToStop) {
  run_ranks(2, [](const Communicator& ranks) {
    Trainer trainer(tiny_config(), nullptr, 20, torch::kCPU, ranks);
    EXPECT_EQ(trainer.step(share_of(0, ranks)).stop, Stop::none);
    const Stop own = ranks.rank() == 1 ? Stop::interrupted : Stop::none;
    EXPECT_EQ(trainer.step(share_of(1, ranks), own).stop, Stop::interrupted);
    EXPECT_EQ(trainer.step(share_of(2, ranks), ranks.is_first() ? Stop::terminated : own).stop,
              Stop::terminated);
  });
}

TEST_F(DataParallelTest, OnlyRankZeroNeedsTheCheckpoint) {
  const RunConfig config = tiny_config();
  Trainer before(config, nullptr, 20, torch::kCPU);
  for (std::int64_t step = 0; step < 3; ++step) before.step(share_of(step, Communicator::alone()));
  const Checkpoint saved = before.checkpoint();
  run_ranks(2, [&](const Communicator& ranks) {
    RunConfig own = config;
    own.seed = ranks.rank();
    Trainer trainer(own, nullptr, 20, torch::kCPU, ranks);
    if (ranks.is_first()) trainer.load(saved);
    take_state_of_first_rank(trainer, ranks);
    const Checkpoint taken = trainer.checkpoint();
    EXPECT_EQ(taken.state.step, 3);
    EXPECT_EQ(taken.state.samples, 3 * kBatch);
    EXPECT_EQ(taken.state.ema_updates, 3);
    EXPECT_EQ(largest_difference(saved.weights, taken.weights), 0);
    EXPECT_EQ(largest_difference(saved.ema, taken.ema), 0);
    EXPECT_EQ(largest_difference(saved.optimizer, taken.optimizer), 0);
  });
}

GlyphSet glyphs_of(std::uint8_t ink) {
  GlyphRecords records;
  records.ink = pack_pictures(torch::full({2, 32, 32}, ink, torch::kUInt8));
  records.code_points.assign(2, 0);
  records.captions = {"one", "two"};
  return {std::move(records), {false, true}};
}

TEST_F(DataParallelTest, RanksThatDoNotFitTogetherAreRefused) {
  run_ranks(2, [](const Communicator& ranks) {
    TrainConfig config;
    config.batch_size = 3;
    expect_error<ConfigError>([&] { check_ranks_agree(ranks, config, "", glyphs_of(9)); },
                              {"`train.batch_size` is 3", "a multiple of 2", "WORLD_SIZE"});
    config.batch_size = 4;
    check_ranks_agree(ranks, config, "seed: 1", glyphs_of(9));
    const auto other_data = [&] {
      check_ranks_agree(ranks, config, "seed: 1", glyphs_of(ranks.is_first() ? 9 : 10));
    };
    if (ranks.is_first())
      other_data();
    else
      expect_error<ConfigError>(other_data, {"the data set of rank 1 differs"});
  });
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/memory_advice.hpp"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <new>
#include <stdexcept>

#include "tests/support/expect_error.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;

TrainConfig batches(std::int64_t batch, std::optional<std::int64_t> micro = {}) {
  TrainConfig config;
  config.batch_size = batch;
  config.micro_batch = micro;
  return config;
}

TEST(MemoryAdviceTest, HalfOrTheNextThatDividesTheBatch) {
  EXPECT_EQ(smaller_micro_batch(batches(64)), 32);
  EXPECT_EQ(smaller_micro_batch(batches(64, 8)), 4);
  EXPECT_EQ(smaller_micro_batch(batches(9)), 3);
  EXPECT_EQ(smaller_micro_batch(batches(7)), 1);
  EXPECT_EQ(smaller_micro_batch(batches(16, 1)), std::nullopt);
  EXPECT_EQ(smaller_micro_batch(batches(12, 6)), 3);  // 4 would save too little
  EXPECT_EQ(smaller_micro_batch(batches(64), 4), 8);
  EXPECT_EQ(smaller_micro_batch(batches(64, 32), 4), 8);
}

TEST(MemoryAdviceTest, EveryWayOfRunningOutIsExplained) {
  const TrainConfig config = batches(64, 16);
  expect_error<RunError>(
      [&] { with_memory_advice(config, []() -> int { throw std::bad_alloc(); }); },
      {"out of memory", "16 glyphs", "train.micro_batch: 8", "the last checkpoint is kept"});
  expect_error<RunError>([&] { with_memory_advice(config, [] { return torch::empty({1L << 55}); }); },
                         {"out of memory", "train.micro_batch: 8"});
  expect_error<RunError>(
      [&] {
        with_memory_advice(batches(4, 1),
                           []() -> int { TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory"); });
      },
      {"1 glyph per", "smaller model or data.image_size"});
}

TEST(MemoryAdviceTest, OtherFailuresPass) {
  const TrainConfig config = batches(64);
  EXPECT_THROW(with_memory_advice(config, []() -> int { throw std::out_of_range("x"); }), std::out_of_range);
  EXPECT_THROW(with_memory_advice(config, [] { return torch::zeros({2}) + torch::zeros({3}); }), c10::Error);
  EXPECT_EQ(with_memory_advice(config, [] { return 5; }), 5);
}

}  // namespace
}  // namespace glyffuser

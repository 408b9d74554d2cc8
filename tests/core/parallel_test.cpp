#include "glyffuser/core/parallel.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace glyffuser {

TEST(ParallelTest, EveryPartIsWorkedOnOnceAndNoWorkerTwiceAtATime) {
  std::array<std::atomic<int>, 30> done{};
  std::array<std::atomic<int>, 3> busy{};
  std::atomic<bool> shared = false;
  in_parallel(
      30, 3,
      [&](std::size_t worker, std::size_t first, std::size_t last) {
        if (++busy.at(worker) > 1) shared = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        for (std::size_t i = first; i < last; ++i) ++done.at(i);
        --busy.at(worker);
      },
      4);
  EXPECT_FALSE(shared);
  for (const auto& times : done) EXPECT_EQ(times, 1);
}

TEST(ParallelTest, AFailureIsPassedOn) {
  const auto fail = [](std::size_t, std::size_t first, std::size_t) {
    if (first == 5) throw std::runtime_error("5");
  };
  EXPECT_THROW(in_parallel(9, 2, fail, 1), std::runtime_error);
}

TEST(ParallelTest, ThreadsAreAsManyAsAskedForOrAsTheMachineHas) {
  EXPECT_EQ(thread_count(5), 5U);
  EXPECT_GE(thread_count(0), 1U);
}

}  // namespace glyffuser

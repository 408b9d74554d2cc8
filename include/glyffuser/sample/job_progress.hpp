#pragma once
// How far a job is: pictures, steps per second, and when it will be done.

#include <chrono>
#include <cstdint>

#include "glyffuser/core/progress.hpp"
#include "glyffuser/diffusion/sampler.hpp"

namespace glyffuser {

/// What a job still has to draw.
struct Work {
  std::uint64_t pictures = 0;
  std::uint64_t steps = 0;  ///< of batches
};

class JobProgress {
 public:
  JobProgress(const Work& work, bool quiet) : work_(work), line_(quiet) {}

  /// After every step of a batch.
  void step(const SamplingStep& step);
  /// After every batch.
  void pictures(std::size_t count) { done_.pictures += count; }

 private:
  Work work_;
  Work done_;
  Progress line_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace glyffuser

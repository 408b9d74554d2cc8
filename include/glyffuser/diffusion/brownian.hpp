#pragma once
// Brownian paths, one per image, that are a function of (seed, time) alone: any time can be asked in any
// order and any number of times, whatever was asked before and whichever images share the batch.
//
// A virtual Brownian tree (Li et al. 2020, arXiv 2001.01328, section 4) that bisects the range of float's bit
// patterns instead of the range of times. So it has no tolerance: every float is reached exactly after at
// most 31 bridges, each drawn by a generator whose seed is made of the image's seed and the bridge's time.

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace glyffuser {

class BrownianPaths {
 public:
  /// One path per seed, each of independent elements in the shape of an image.
  BrownianPaths(std::vector<std::uint64_t> seeds, std::vector<std::int64_t> shape);

  /// W(time) of every path, float32 [B, shape...] on the CPU: W(0) = 0, and W(b) - W(a) is normal with
  /// variance b - a. time: 0 ... 2^127. Throws std::invalid_argument for others.
  torch::Tensor at(float time);

 private:
  /// The path at both ends of an interval of times, given as bit patterns of floats.
  struct Interval {
    std::uint32_t low, high;
    torch::Tensor at_low, at_high;
  };

  torch::Tensor normal(std::uint32_t time) const;
  torch::Tensor bridge(const Interval& interval, std::uint32_t time) const;

  std::vector<std::uint64_t> seeds_;
  std::vector<std::int64_t> shape_;
  std::vector<Interval>
      way_;  // to the last time asked, each interval inside the one before: the next is near
};

}  // namespace glyffuser

#include "glyffuser/diffusion/brownian.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/generator.hpp"

namespace glyffuser {
namespace {

constexpr float kEnd = 0x1p127F;

/// Bit patterns of floats that are not negative have the order of the floats.
double as_time(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

}  // namespace

BrownianPaths::BrownianPaths(std::vector<std::uint64_t> seeds, std::vector<std::int64_t> shape)
    : seeds_(std::move(seeds)), shape_(std::move(shape)) {
  const auto end = std::bit_cast<std::uint32_t>(kEnd);
  const torch::Tensor at_end = normal(end) * std::sqrt(static_cast<double>(kEnd));
  way_.push_back({0, end, torch::zeros_like(at_end), at_end});
}

torch::Tensor BrownianPaths::normal(std::uint32_t time) const {
  std::vector<std::uint64_t> seeds;
  for (const std::uint64_t seed : seeds_) seeds.push_back(derive_seed(seed, "brownian", time));
  return ImageGenerators(seeds).normal(shape_);
}

torch::Tensor BrownianPaths::bridge(const Interval& interval, std::uint32_t time) const {
  const double before = as_time(time) - as_time(interval.low);
  const double after = as_time(interval.high) - as_time(time);
  const double share = before / (before + after);
  return torch::lerp(interval.at_low, interval.at_high, share).add_(normal(time), std::sqrt(share * after));
}

torch::Tensor BrownianPaths::at(float time) {
  if (!(time >= 0 && time <= kEnd))
    throw std::invalid_argument(cat("a Brownian path at ", time, ", expected 0 to 2^127"));
  const auto bits = std::bit_cast<std::uint32_t>(time);
  while (bits < way_.back().low || bits > way_.back().high) way_.pop_back();
  while (true) {
    const Interval& last = way_.back();
    if (bits == last.low) return last.at_low;
    if (bits == last.high) return last.at_high;
    const std::uint32_t middle = last.low + (last.high - last.low) / 2;
    const torch::Tensor there = bridge(last, middle);
    way_.push_back(bits <= middle ? Interval{last.low, middle, last.at_low, there}
                                  : Interval{middle, last.high, there, last.at_high});
  }
}

}  // namespace glyffuser

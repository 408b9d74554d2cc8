#include "glyffuser/data/sample_order.hpp"

#include <numeric>
#include <stdexcept>
#include <utility>

#include "glyffuser/core/hash.hpp"

namespace glyffuser {
namespace {

// A number below `limit` from 64 random bits (Lemire 2019, without the rejection: the bias is below limit /
// 2^64).
std::size_t below(std::size_t limit, std::uint64_t random) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(random) * limit >> 64);
}

}  // namespace

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[below(left, derive_seed(seed, "swap", left - 1))]);
  return order;
}

SampleOrder::SampleOrder(std::vector<std::int64_t> glyphs, std::uint64_t seed)
    : glyphs_(std::move(glyphs)), seed_(seed) {
  if (glyphs_.empty()) throw std::invalid_argument("no glyphs to order");
}

std::int64_t SampleOrder::glyph(std::int64_t sample) {
  const auto count = static_cast<std::int64_t>(glyphs_.size());
  if (epoch(sample) != shuffled_epoch_) {
    shuffled_epoch_ = epoch(sample);
    order_ = permutation(count, derive_seed(seed_, "epoch", static_cast<std::uint64_t>(shuffled_epoch_)));
  }
  return glyphs_[static_cast<std::size_t>(order_[static_cast<std::size_t>(sample % count)])];
}

std::uint64_t SampleOrder::sample_seed(std::int64_t sample) const {
  return derive_seed(seed_, "sample", static_cast<std::uint64_t>(sample));
}

}  // namespace glyffuser

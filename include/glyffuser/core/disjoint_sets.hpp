#pragma once
// Union-find with path halving (Tarjan & van Leeuwen 1984).

#include <cstddef>
#include <numeric>
#include <vector>

namespace glyffuser {

/// 0…n−1, each in a set of its own until sets are joined.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }

  /// The member that stands for the whole set.
  std::size_t find(std::size_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
  }

  /// Whether they were two sets before.
  bool join(std::size_t a, std::size_t b) {
    const std::size_t from = find(a), to = find(b);
    parent_[from] = to;
    return from != to;
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace glyffuser

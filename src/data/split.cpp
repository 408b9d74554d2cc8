#include "glyffuser/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <string>
#include <unordered_map>

#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/data/parallel.hpp"

namespace glyffuser {
namespace {

/// Disjoint sets of 0…n−1 (union-find with path halving).
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::size_t find(std::size_t item) {
    while (parent_[item] != item) item = parent_[item] = parent_[parent_[item]];
    return item;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

/// The pictures as spans of bytes.
class Pictures {
 public:
  explicit Pictures(const torch::Tensor& ink)
      : bytes_(ink.data_ptr<std::uint8_t>()), area_(static_cast<std::size_t>(ink.size(1) * ink.size(2))) {}
  bool equal(std::size_t a, std::size_t b) const {
    return std::memcmp(bytes_ + a * area_, bytes_ + b * area_, area_) == 0;
  }
  // FNV-1a over words of eight bytes, folded after each: quick, and only a filter before `equal`.
  std::uint64_t fingerprint(std::size_t item) const {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    const std::uint8_t* at = bytes_ + item * area_;
    for (std::size_t left = area_; left > 0;) {
      std::uint64_t word = 0;
      const std::size_t taken = std::min(left, sizeof word);
      std::memcpy(&word, at, taken);
      hash = (hash ^ word) * 0x100000001B3ULL;
      hash ^= hash >> 32;
      at += taken;
      left -= taken;
    }
    return hash;
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t area_;
};

void join_equal_captions(const std::vector<std::string>& captions, Groups& groups) {
  std::unordered_map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < captions.size(); ++i)
    groups.join(i, first.emplace(lower(captions[i]), i).first->second);
}

void join_equal_pictures(const torch::Tensor& ink, Groups& groups, std::size_t threads) {
  const Pictures pictures(ink);
  std::vector<std::uint64_t> prints(static_cast<std::size_t>(ink.size(0)));
  in_parallel(prints.size(), threads, [&](std::size_t, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) prints[i] = pictures.fingerprint(i);
  });
  std::unordered_multimap<std::uint64_t, std::size_t> seen;
  for (std::size_t i = 0; i < prints.size(); ++i) {
    const auto [begin, end] = seen.equal_range(prints[i]);
    const auto twin =
        std::find_if(begin, end, [&](const auto& other) { return pictures.equal(i, other.second); });
    if (twin != end)
      groups.join(i, twin->second);
    else
      seen.emplace(prints[i], i);
  }
}

struct Group {
  std::string name;  // its first caption in the alphabet
  std::vector<std::size_t> members;
};

std::vector<Group> groups_of(const GlyphRecords& records, std::size_t threads) {
  Groups sets(records.size());
  join_equal_captions(records.captions, sets);
  join_equal_pictures(records.ink, sets, threads);
  std::map<std::size_t, Group> by_root;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Group& group = by_root[sets.find(i)];
    const std::string caption = lower(records.captions[i]);
    if (group.members.empty() || caption < group.name) group.name = caption;
    group.members.push_back(i);
  }
  std::vector<Group> groups;
  for (auto& [root, group] : by_root) groups.push_back(std::move(group));
  return groups;
}

}  // namespace

std::vector<bool> hold_out(const GlyphRecords& records, double share, std::uint64_t seed,
                           std::size_t threads) {
  std::vector<bool> held(records.size(), false);
  if (share <= 0) return held;
  std::vector<Group> groups = groups_of(records, threads);
  std::vector<std::pair<std::uint64_t, const Group*>> order;
  for (const Group& group : groups) order.emplace_back(derive_seed(seed, group.name, 0), &group);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->name < b.second->name;
  });
  auto room =
      static_cast<std::size_t>(std::max(1L, std::lround(share * static_cast<double>(records.size()))));
  for (const auto& [hash, group] : order) {
    if (group->members.size() > room || groups.size() == 1) continue;
    for (const std::size_t member : group->members) held[member] = true;
    room -= group->members.size();
  }
  return held;
}

}  // namespace glyffuser

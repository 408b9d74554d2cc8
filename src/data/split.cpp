#include "glyffuser/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "glyffuser/core/disjoint_sets.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

void join_equal_captions(const std::vector<std::string>& captions, DisjointSets& groups) {
  std::unordered_map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < captions.size(); ++i) {
    if (!captions[i].empty()) groups.join(i, first.emplace(lower(captions[i]), i).first->second);
  }
}

void join_equal_pictures(const PackedPictures& pictures, DisjointSets& groups) {
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    groups.join(i, first.emplace(pictures.packed(i), i).first->second);
}

struct Group {
  std::string name;  // the first of its members' in the alphabet
  std::vector<std::size_t> members;
};

std::string name_of(const GlyphRecords& records, std::size_t i) {
  return records.captions[i].empty() ? records.file_names.at(i) : lower(records.captions[i]);
}

std::vector<Group> groups_of(const GlyphRecords& records) {
  DisjointSets sets(records.size());
  join_equal_captions(records.captions, sets);
  join_equal_pictures(records.ink, sets);
  std::map<std::size_t, Group> by_root;
  for (std::size_t i = 0; i < records.size(); ++i) {
    Group& group = by_root[sets.find(i)];
    const std::string name = name_of(records, i);
    if (group.members.empty() || name < group.name) group.name = name;
    group.members.push_back(i);
  }
  std::vector<Group> groups;
  for (auto& [root, group] : by_root) groups.push_back(std::move(group));
  return groups;
}

}  // namespace

std::vector<bool> hold_out(const GlyphRecords& records, double share, std::uint64_t seed) {
  std::vector<bool> held(records.size(), false);
  if (share <= 0) return held;
  std::vector<Group> groups = groups_of(records);
  std::vector<std::pair<std::uint64_t, const Group*>> order;
  for (const Group& group : groups) order.emplace_back(derive_seed(seed, group.name, 0), &group);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->name < b.second->name;
  });
  std::size_t left = records.size();
  auto room =
      static_cast<std::size_t>(std::max(1L, std::lround(share * static_cast<double>(records.size()))));
  for (const auto& [hash, group] : order) {
    const std::size_t size = group->members.size();
    if (size > room || size == left) continue;
    for (const std::size_t member : group->members) held[member] = true;
    room -= size;
    left -= size;
  }
  return held;
}

}  // namespace glyffuser

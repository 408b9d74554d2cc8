#pragma once
// A part of a list that is like the whole.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace glyffuser {

/// At most `most` items (at least 1, all if not given) in their order, at equal distances, the first among
/// them.
template <class Item>
std::vector<Item> evenly_spread(std::vector<Item> items, std::optional<std::int64_t> most) {
  const std::size_t size = items.size();
  const std::size_t count = most ? static_cast<std::size_t>(*most) : size;
  if (count >= size) return items;
  std::vector<Item> kept;
  for (std::size_t i = 0; i < count; ++i) kept.push_back(std::move(items[i * size / count]));
  return kept;
}

}  // namespace glyffuser

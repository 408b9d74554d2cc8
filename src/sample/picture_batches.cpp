#include "glyffuser/sample/picture_batches.hpp"

#include <algorithm>

namespace glyffuser {

PictureBatches::PictureBatches(const Plan& plan, std::size_t size, Shard shard)
    : plan_(plan), pictures_(plan), size_(size), shard_(shard) {}

std::optional<PictureBatch> PictureBatches::next() {
  while (auto batch = next_of_any_shard()) {
    if (batch->number % shard_.count == shard_.index) return batch;
  }
  return std::nullopt;
}

std::optional<PictureBatch> PictureBatches::next_of_any_shard() {
  auto due = open_.end();
  while (due == open_.end()) {
    auto picture = pictures_.next();
    if (!picture) break;
    const auto group = open_.try_emplace(picture->group()).first;
    group->second.push_back(std::move(*picture));
    if (group->second.size() == size_of(group->first)) due = group;
  }
  if (open_.empty()) return std::nullopt;
  if (due == open_.end()) due = open_.begin();
  PictureBatch batch{count_++, size_of(due->first), std::move(due->second)};
  open_.erase(due);
  return batch;
}

std::size_t PictureBatches::size_of(const PictureGroup& group) const {
  return std::min<std::uint64_t>(size_, plan_.groups().at(group));
}

}  // namespace glyffuser

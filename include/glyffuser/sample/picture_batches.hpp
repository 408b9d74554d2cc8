#pragma once
// The pictures of a plan in batches. A batch and its shape are functions of the whole job, not of what is
// there already or of the shard: so a picture always has the same neighbours, and the same bytes.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "glyffuser/sample/plan.hpp"

namespace glyffuser {

struct PictureBatch {
  std::uint64_t number = 0;       ///< in the whole job
  std::size_t size = 0;           ///< of the network's batch: equal for all of the group
  std::vector<Picture> pictures;  ///< 1 … size, all of one group

  std::int64_t steps() const { return pictures.front().steps; }
  double guidance_scale() const { return pictures.front().guidance_scale; }
};

class PictureBatches {
 public:
  /// Batches of `size` pictures, or of all that a group has; those of one shard only: batch b belongs to
  /// shard b mod count. The plan must outlive this object.
  PictureBatches(const Plan& plan, std::size_t size, Shard shard = {});

  /// Batches become due in the order in which they fill up; those that never do come last. Nothing at the
  /// end.
  std::optional<PictureBatch> next();

 private:
  std::optional<PictureBatch> next_of_any_shard();
  std::size_t size_of(const PictureGroup& group) const;

  const Plan& plan_;
  Pictures pictures_;
  std::size_t size_;
  Shard shard_;
  std::uint64_t count_ = 0;
  std::map<PictureGroup, std::vector<Picture>> open_;
};

}  // namespace glyffuser

#include "glyffuser/train/memory_advice.hpp"

#include <algorithm>

#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

std::int64_t glyphs_per_pass(const TrainConfig& config, std::int64_t ranks) {
  const std::int64_t share = config.batch_size / ranks;
  return std::min(share, config.micro_batch.value_or(share));
}

}  // namespace

std::optional<std::int64_t> smaller_micro_batch(const TrainConfig& config, std::int64_t ranks) {
  for (std::int64_t smaller = glyphs_per_pass(config, ranks) / 2; smaller >= 1; --smaller) {
    if (config.batch_size % smaller == 0) return smaller;
  }
  return {};
}

std::string memory_advice(const TrainConfig& config, std::int64_t ranks) {
  const std::int64_t present = glyphs_per_pass(config, ranks);
  const auto smaller = smaller_micro_batch(config, ranks);
  return cat("out of memory in a training step with ", present, present == 1 ? " glyph" : " glyphs",
             " per forward pass; the last checkpoint is kept, ",
             smaller ? cat("try train.micro_batch: ", *smaller, ", which trains the same in more passes")
                     : std::string("expected a smaller model or data.image_size"));
}

}  // namespace glyffuser

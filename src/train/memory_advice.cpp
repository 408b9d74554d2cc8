#include "glyffuser/train/memory_advice.hpp"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/memory.hpp"

namespace glyffuser {
namespace {

std::int64_t glyphs_per_pass(const TrainConfig& config, std::int64_t ranks) {
  const std::int64_t share = config.batch_size / ranks;
  return std::min(share, config.micro_batch.value_or(share));
}

[[noreturn]] void advise(const TrainConfig& config, std::int64_t ranks) {
  const std::int64_t present = glyphs_per_pass(config, ranks);
  const auto smaller = smaller_micro_batch(config, ranks);
  throw RunError(cat("out of memory in a training step with ", present, present == 1 ? " glyph" : " glyphs",
                     " per forward pass; the last checkpoint is kept, ",
                     smaller
                         ? cat("try train.micro_batch: ", *smaller, ", which trains the same in more passes")
                         : std::string("expected a smaller model or data.image_size")));
}

}  // namespace

std::optional<std::int64_t> smaller_micro_batch(const TrainConfig& config, std::int64_t ranks) {
  for (std::int64_t smaller = glyphs_per_pass(config, ranks) / 2; smaller >= 1; --smaller) {
    if (config.batch_size % smaller == 0) return smaller;
  }
  return {};
}

void advise_if_out_of_memory(const TrainConfig& config, std::int64_t ranks) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    advise(config, ranks);
  } catch (const c10::Error& error) {
    if (is_out_of_cpu_memory(error)) advise(config, ranks);
  } catch (const std::bad_alloc&) {
    advise(config, ranks);
  } catch (...) {
    // Something else: the caller's business.
  }
}

}  // namespace glyffuser

#include "glyffuser/train/memory_advice.hpp"

#include <c10/util/Exception.h>

#include <new>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/memory.hpp"

namespace glyffuser {
namespace {

[[noreturn]] void advise(const TrainConfig& config) {
  const std::int64_t present = config.micro_batch.value_or(config.batch_size);
  const auto smaller = smaller_micro_batch(config);
  throw RunError(cat("out of memory in a training step with ", present, present == 1 ? " glyph" : " glyphs",
                     " per forward pass; the last checkpoint is kept, ",
                     smaller
                         ? cat("try train.micro_batch: ", *smaller, ", which trains the same in more passes")
                         : std::string("expected a smaller model or data.image_size")));
}

}  // namespace

std::optional<std::int64_t> smaller_micro_batch(const TrainConfig& config) {
  const std::int64_t present = config.micro_batch.value_or(config.batch_size);
  for (std::int64_t smaller = present / 2; smaller >= 1; --smaller) {
    if (config.batch_size % smaller == 0) return smaller;
  }
  return {};
}

void advise_if_out_of_memory(const TrainConfig& config) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    advise(config);
  } catch (const c10::Error& error) {
    if (is_out_of_cpu_memory(error)) advise(config);
  } catch (const std::bad_alloc&) {
    advise(config);
  } catch (...) {
    // Something else: the caller's business.
  }
}

}  // namespace glyffuser

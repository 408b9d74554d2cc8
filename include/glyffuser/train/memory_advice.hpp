#pragma once
// When memory runs out, on the device or the CPU: which batch to try instead.

#include <string>

#include "glyffuser/core/error.hpp"
#include "glyffuser/tensor/memory.hpp"
#include "glyffuser/train/config.hpp"

namespace glyffuser {

/// The largest micro_batch of at most half the glyphs that a process has in a forward pass now, which divides
/// the batch; empty if that is one glyph. `ranks` processes share the batch.
std::optional<std::int64_t> smaller_micro_batch(const TrainConfig& config, std::int64_t ranks = 1);

/// A sentence that says what to try.
std::string memory_advice(const TrainConfig& config, std::int64_t ranks = 1);

/// The result of `work`. If it runs out of memory, throws a RunError with that advice.
template <class Work>
auto with_memory_advice(const TrainConfig& config, Work work, std::int64_t ranks = 1) {
  try {
    return work();
  } catch (const std::exception& failure) {
    if (!is_out_of_memory(failure)) throw;
    throw RunError(memory_advice(config, ranks));
  }
}

}  // namespace glyffuser

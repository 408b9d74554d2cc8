#pragma once
// When memory runs out, on the device or the CPU: which batch to try instead.

#include "glyffuser/train/config.hpp"

namespace glyffuser {

/// The largest micro_batch of at most half the glyphs that a process has in a forward pass now, which divides
/// the batch; empty if that is one glyph. `ranks` processes share the batch.
std::optional<std::int64_t> smaller_micro_batch(const TrainConfig& config, std::int64_t ranks = 1);

/// To be called where an exception is being handled: if it says that memory ran out, throws a RunError
/// instead that says what to try; else does nothing.
void advise_if_out_of_memory(const TrainConfig& config, std::int64_t ranks = 1);

/// The result of `work`, whose running out of memory becomes such a RunError.
template <class Work>
auto with_memory_advice(const TrainConfig& config, Work work, std::int64_t ranks = 1) {
  try {
    return work();
  } catch (...) {
    advise_if_out_of_memory(config, ranks);
    throw;
  }
}

}  // namespace glyffuser

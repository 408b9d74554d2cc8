#pragma once
// When memory runs out, on the device or the CPU: which batch to try instead.

#include "glyffuser/train/config.hpp"

namespace glyffuser {

/// The largest micro_batch below the present one, at most half of it, that divides the batch; empty if the
/// present one is 1 already.
std::optional<std::int64_t> smaller_micro_batch(const TrainConfig& config);

/// To be called where an exception is being handled: if it says that memory ran out, throws a RunError
/// instead that says what to try; else does nothing.
void advise_if_out_of_memory(const TrainConfig& config);

/// The result of `work`, whose running out of memory becomes such a RunError.
template <class Work>
auto with_memory_advice(const TrainConfig& config, Work work) {
  try {
    return work();
  } catch (...) {
    advise_if_out_of_memory(config);
    throw;
  }
}

}  // namespace glyffuser

#pragma once
// Work on many small items by a few threads.

#include <cstddef>
#include <functional>

namespace glyffuser {

/// As many threads as the machine runs at once, if `wanted` is 0.
std::size_t thread_count(std::size_t wanted);

/// Calls work(worker, first, last) for parts of 0…count that together cover it once, from `threads` threads;
/// `worker` < threads tells them apart. Worker 0 is the calling thread, also where `threads` is 0. A worker
/// takes at most `part` items at a time, which must be at least 1. Rethrows the first exception of a worker
/// after all have ended.
void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t worker, std::size_t first, std::size_t last)>& work,
                 std::size_t part = 64);

}  // namespace glyffuser

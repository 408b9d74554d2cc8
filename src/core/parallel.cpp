#include "glyffuser/core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace glyffuser {
std::size_t thread_count(std::size_t wanted) {
  return wanted > 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

void in_parallel(std::size_t count, std::size_t threads,
                 const std::function<void(std::size_t, std::size_t, std::size_t)>& work, std::size_t part) {
  threads = std::min(threads, (count + part - 1) / part);  // more would find nothing left to do
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  std::mutex failing;
  const auto run = [&](std::size_t worker) {
    try {
      for (std::size_t first = next.fetch_add(part); first < count; first = next.fetch_add(part))
        work(worker, first, std::min(first + part, count));
    } catch (...) {
      const std::lock_guard lock(failing);
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (std::size_t worker = 1; worker < threads; ++worker) workers.emplace_back(run, worker);
    run(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace glyffuser

#include "glyffuser/train/heartbeat.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <vector>

#include "glyffuser/core/text.hpp"

namespace glyffuser {

struct Heartbeat::State {
  int rank;
  int size;
  Counter counter;
  std::function<void(const std::string&)> lost;
  HeartbeatTiming timing;

  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool beating = true;  ///< the beating thread still runs
  std::int64_t rounds = 0;
  std::vector<std::int64_t> heard;  ///< of each rank, its counter

  /// Sleeps for one interval; false if the end came.
  bool next_interval() {
    std::unique_lock lock(mutex);
    return !changed.wait_for(lock, timing.interval, [&] { return stopping; });
  }

  /// Until the end or until the board fails, which shows as rounds that stop.
  void beat() {
    try {
      do {
        std::vector<std::int64_t> counters;
        for (int other = 0; other < size; ++other) counters.push_back(counter(other, other == rank ? 1 : 0));
        const std::lock_guard lock(mutex);
        heard = std::move(counters);
        ++rounds;
      } while (next_interval());
    } catch (const std::exception&) {
    }
    const std::lock_guard lock(mutex);
    beating = false;
    changed.notify_all();
  }

  void watch() {
    // Of each rank, and of the board as the last one: what was heard, and for how many intervals it was the
    // same.
    std::vector<std::int64_t> before(static_cast<std::size_t>(size) + 1, -1);
    std::vector<int> silent(before.size(), 0);
    while (next_interval()) {
      std::vector<std::int64_t> now;
      {
        const std::lock_guard lock(mutex);
        now = heard;
        now.push_back(rounds);
      }
      // A silent board is seen before the ranks that nothing can be heard of then.
      for (std::size_t i = now.size(); i-- > 0;) {
        silent[i] = now[i] == before[i] ? silent[i] + 1 : 0;
        if (silent[i] < timing.patience) continue;
        lost(i == now.size() - 1 ? "the meeting point of the ranks" : cat("rank ", i));
        return;
      }
      before = std::move(now);
    }
  }
};

Heartbeat::Heartbeat(int rank, int size, Counter counter, std::function<void(const std::string&)> lost,
                     HeartbeatTiming timing)
    : state_(std::make_shared<State>()) {
  state_->rank = rank;
  state_->size = size;
  state_->counter = std::move(counter);
  state_->lost = std::move(lost);
  state_->timing = timing;
  state_->heard.resize(static_cast<std::size_t>(size), 0);
  beating_ = std::thread([state = state_] { state->beat(); });
  watching_ = std::thread([state = state_] { state->watch(); });
}

Heartbeat::~Heartbeat() {
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  // A beat that hangs in a dead connection must not keep the process from ending.
  const bool done = state_->changed.wait_for(lock, std::chrono::seconds(2), [&] { return !state_->beating; });
  lock.unlock();
  watching_.join();
  if (done)
    beating_.join();
  else
    beating_.detach();
}

}  // namespace glyffuser

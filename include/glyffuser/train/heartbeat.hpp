#pragma once
// Notices a rank that is gone without a word (its machine lost, its connection cut), which a collective
// operation that waits for it would not for two hours. A process that merely ends closes its connections:
// that is noticed at once, without this.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace glyffuser {

struct HeartbeatTiming {
  std::chrono::milliseconds interval{3000};
  int patience = 10;  ///< intervals without a beat before a rank counts as lost
};

class Heartbeat {
 public:
  /// Adds to a rank's counter on a board that all ranks share, and returns the counter. May throw and may
  /// block for ever. Called from one other thread.
  using Counter = std::function<std::int64_t(int rank, std::int64_t add)>;

  /// Beats from now on, for `rank` of `size`, and watches the others. `lost` is told once, on another thread,
  /// who is gone: "rank 3", or "the meeting point of the ranks" if the board does not answer. Time is counted
  /// in this process's own intervals, so that a job that is paused as a whole goes on afterwards.
  Heartbeat(int rank, int size, Counter counter, std::function<void(const std::string&)> lost,
            HeartbeatTiming timing = {});
  ~Heartbeat();

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread beating_;
  std::thread watching_;
};

}  // namespace glyffuser

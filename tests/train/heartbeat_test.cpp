#include "glyffuser/train/heartbeat.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>

namespace glyffuser {
namespace {

using namespace std::chrono_literals;

constexpr HeartbeatTiming kQuick{10ms, 10};

class Board {
 public:
  Heartbeat::Counter counter() {
    return [this](int rank, std::int64_t add) {
      if (broken) throw std::runtime_error("connection reset");
      const std::lock_guard lock(mutex_);
      return counters_[rank] += add;
    };
  }
  std::atomic<bool> broken = false;

 private:
  std::mutex mutex_;
  std::map<int, std::int64_t> counters_;
};

class Told {
 public:
  std::function<void(const std::string&)> callback() {
    return [this](const std::string& who) { promise_.set_value(who); };
  }
  bool within(std::chrono::milliseconds time) { return who_.wait_for(time) == std::future_status::ready; }
  std::string who() { return who_.get(); }

 private:
  std::promise<std::string> promise_;
  std::future<std::string> who_ = promise_.get_future();
};

TEST(HeartbeatTest, ARankThatGoesSilentIsNamed) {
  Board board;
  Told first, second;
  const Heartbeat zero(0, 3, board.counter(), first.callback(), kQuick);
  const Heartbeat one(1, 3, board.counter(), second.callback(), kQuick);
  auto two = std::make_unique<Heartbeat>(
      2, 3, board.counter(), [](const std::string&) {}, kQuick);
  ASSERT_FALSE(first.within(300ms)) << first.who();
  two.reset();
  ASSERT_TRUE(first.within(10s));
  ASSERT_TRUE(second.within(10s));
  EXPECT_EQ(first.who(), "rank 2");
  EXPECT_EQ(second.who(), "rank 2");
}

TEST(HeartbeatTest, ABoardThatFailsIsNotBlamedOnARank) {
  Board board;
  Told told;
  const Heartbeat zero(0, 2, board.counter(), told.callback(), kQuick);
  const Heartbeat one(
      1, 2, board.counter(), [](const std::string&) {}, kQuick);
  board.broken = true;
  ASSERT_TRUE(told.within(10s));
  EXPECT_EQ(told.who(), "the meeting point of the ranks");
}

TEST(HeartbeatTest, ABoardThatHangsIsNoticedAndDoesNotHoldUpTheEnd) {
  auto hanging = std::make_shared<std::promise<void>>();
  Told told;
  {
    const Heartbeat zero(
        0, 2, [hanging](int, std::int64_t) -> std::int64_t { return hanging->get_future().wait(), 0; },
        told.callback(), kQuick);
    ASSERT_TRUE(told.within(10s));
    EXPECT_EQ(told.who(), "the meeting point of the ranks");
  }
  hanging->set_value();
}

}  // namespace
}  // namespace glyffuser

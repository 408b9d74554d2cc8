#pragma once
// Ranks that meet in one process, a thread each: the same transport as between processes.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "glyffuser/train/communicator.hpp"

namespace glyffuser::testing {

/// A TCP port of this machine that nothing listens at now.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// Runs `work` as every one of `size` ranks and waits for all. A rank that throws fails the test, and ends
/// its communicator, so that the others do not wait for it.
inline void run_ranks(int size, const std::function<void(const Communicator&)>& work) {
  const std::uint16_t port = free_port();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        const Launch launch{.rank = rank,
                            .size = size,
                            .local_rank = rank,
                            .master_address = "127.0.0.1",
                            .master_port = port};
        const Communicator ranks(launch, torch::kCPU);
        work(ranks);
      } catch (const std::exception& failure) {
        ADD_FAILURE() << "rank " << rank << ": " << failure.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// Tests of several ranks begin with this: without Gloo's headers there is nothing to test.
class RanksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Communicator::has_gloo()) GTEST_SKIP() << "built without Gloo";
  }
};

}  // namespace glyffuser::testing

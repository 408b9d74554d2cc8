#include "glyffuser/train/communicator.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/ranks.hpp"

namespace glyffuser {
namespace {

using testing::expect_error;
using testing::run_ranks;
using CommunicatorTest = testing::RanksTest;

TEST(CommunicatorAloneTest, ChangesNothing) {
  const Communicator& alone = Communicator::alone();
  const torch::Tensor tensor = torch::full({2}, 3.0);
  alone.sum({tensor}, "adding up");
  alone.broadcast({tensor}, "sending");
  alone.barrier("waiting");
  EXPECT_TRUE(alone.is_first());
  EXPECT_EQ(alone.size(), 1);
  EXPECT_TRUE(torch::equal(tensor, torch::full({2}, 3.0)));
}

// Shapes, types and memory layouts as gradients have them, and more than one bucket of 25 MB.
std::vector<torch::Tensor> tensors_of(int rank) {
  const torch::Generator generator =
      at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(rank));
  return {torch::randn({8, 4, 3, 3}, generator).contiguous(torch::MemoryFormat::ChannelsLast),
          torch::randn({}, generator),
          torch::randn({5}, generator, torch::kFloat64),
          torch::full({3, 2}, rank + 1, torch::kInt64),
          torch::randn({5'000'000}, generator),
          torch::randn({3'000'000}, generator),
          torch::randn({7, 9}, generator).t()};
}

TEST_F(CommunicatorTest, SumIsOfAllRanksAndTheSameOnAll) {
  std::vector<std::vector<torch::Tensor>> results(3);
  run_ranks(3, [&](const Communicator& ranks) {
    const auto tensors = tensors_of(ranks.rank());
    ranks.sum(tensors, "adding up");
    results.at(static_cast<std::size_t>(ranks.rank())) = tensors;
  });
  const auto zero = tensors_of(0);
  const auto one = tensors_of(1);
  const auto two = tensors_of(2);
  for (std::size_t i = 0; i < zero.size(); ++i) {
    EXPECT_TRUE(torch::allclose(results[0][i], zero[i] + one[i] + two[i], 1e-5, 1e-5)) << i;
    EXPECT_TRUE(torch::equal(results[0][i], results[1][i])) << i;
    EXPECT_TRUE(torch::equal(results[0][i], results[2][i])) << i;
    EXPECT_EQ(results[0][i].strides(), zero[i].strides()) << i;
  }
}

TEST_F(CommunicatorTest, BroadcastGivesAllWhatRankZeroHas) {
  run_ranks(2, [&](const Communicator& ranks) {
    const auto tensors = tensors_of(ranks.rank());
    ranks.broadcast(tensors, "sending");
    const auto expected = tensors_of(0);
    for (std::size_t i = 0; i < tensors.size(); ++i) EXPECT_TRUE(torch::equal(tensors[i], expected[i])) << i;
  });
}

TEST_F(CommunicatorTest, TheOthersBeginWhenRankZeroIsDone) {
  std::atomic<bool> done = false;
  run_ranks(3, [&](const Communicator& ranks) {
    const bool seen = ranks.first_rank_first("waiting", [&] {
      if (ranks.is_first()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        done = true;
      }
      return done.load();
    });
    EXPECT_TRUE(seen) << ranks.rank();
  });
}

TEST_F(CommunicatorTest, AnotherTextIsRefusedWhereItDiffers) {
  run_ranks(2, [](const Communicator& ranks) {
    ranks.check_same("same", "configuration");
    const auto check = [&] { ranks.check_same(ranks.is_first() ? "a" : "b", "configuration"); };
    if (ranks.is_first())
      check();
    else
      expect_error<ConfigError>(check, {"configuration of rank 1 differs from rank 0's"});
  });
}

TEST_F(CommunicatorTest, ARankThatLeavesEndsTheOthers) {
  run_ranks(3, [](const Communicator& ranks) {
    if (ranks.rank() == 1) return;
    expect_error<RunError>(
        [&] { ranks.sum({torch::ones({1000})}, "adding up the gradients of step 5"); },
        {"adding up the gradients of step 5 failed", "another rank has ended", "goes on from"});
  });
}

/// Until something listens at a port of this machine, and half a second more for what it does first.
void wait_for_listener(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  for (bool listens = false; !listens;) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    listens = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    ::close(socket);
    std::this_thread::sleep_for(std::chrono::milliseconds(listens ? 500 : 20));
  }
}

TEST_F(CommunicatorTest, TwoProcessesOfOneRankAreRefused) {
  const Launch launch{.rank = 0,
                      .size = 2,
                      .local_rank = 0,
                      .master_address = "127.0.0.1",
                      .master_port = testing::free_port(),
                      .launcher_listens = false,
                      .attempt = "0"};
  const std::jthread second([&] {
    Launch same = launch;
    same.launcher_listens = true;  // a client, as it is under torchrun
    wait_for_listener(same.master_port);
    expect_error<ConfigError>([&] { const Communicator ranks(same, torch::kCPU); },
                              {"two processes have RANK 0"});
    same.rank = 1;
    const Communicator ranks(same, torch::kCPU);
  });
  const Communicator ranks(launch, torch::kCPU);
}

TEST_F(CommunicatorTest, APortInUseIsSaid) {
  const int listener = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const Launch launch{.rank = 0,
                      .size = 2,
                      .local_rank = 0,
                      .master_address = "127.0.0.1",
                      .master_port = ntohs(address.sin6_port),
                      .launcher_listens = false,
                      .attempt = "0"};
  expect_error<RunError>(
      [&] { const Communicator ranks(launch, torch::kCPU); },
      {"the ranks did not meet at 127.0.0.1:", "failed to listen", "MASTER_PORT (free on"});
  ::close(listener);
}

}  // namespace
}  // namespace glyffuser

#include "glyffuser/train/communicator.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "communicator_backend.hpp"
#include "glyffuser/core/error.hpp"
#include "glyffuser/core/hash.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/train/heartbeat.hpp"

namespace glyffuser {
namespace {

using namespace std::chrono_literals;

constexpr auto kMeetingTimeout = std::chrono::minutes(5);
// Rank 0 draws, validates and saves alone while the others wait: a dead rank is noticed by other means.
constexpr auto kOperationTimeout = std::chrono::hours(2);
constexpr std::int64_t kBucketBytes = 25 << 20;

constexpr const char* kWhatNow = "; the same command goes on from the last checkpoint";
constexpr const char* kSameMeetingPoint =
    "expected all, with one MASTER_ADDR, MASTER_PORT (free on rank 0's machine) and WORLD_SIZE";

// The first sentence of whatever LibTorch or Gloo said, without the place in its sources that Gloo puts
// first.
std::string reason(const std::exception& failure) {
  std::string text = short_message(failure);
  text = text.substr(0, text.find(". "));
  const std::size_t place = text.rfind("[/", 0) == 0 ? text.find("] ") : std::string::npos;
  return place == std::string::npos ? text : text.substr(place + 2);
}

using Bucket = std::vector<torch::Tensor>;

std::vector<Bucket> buckets_of(const std::vector<torch::Tensor>& tensors) {
  std::vector<Bucket> buckets;
  std::int64_t bytes = 0;
  for (const torch::Tensor& tensor : tensors) {
    const auto size = static_cast<std::int64_t>(tensor.nbytes());
    const bool fits = !buckets.empty() && bytes + size <= kBucketBytes &&
                      buckets.back().back().scalar_type() == tensor.scalar_type();
    if (!fits) {
      buckets.emplace_back();
      bytes = 0;
    }
    buckets.back().push_back(tensor);
    bytes += size;
  }
  return buckets;
}

torch::Tensor flat(const Bucket& bucket, const torch::Device& device) {
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& tensor : bucket) parts.push_back(tensor.detach().reshape(-1).to(device));
  return torch::cat(parts);
}

void copy_back(const torch::Tensor& flat, const Bucket& bucket) {
  std::int64_t first = 0;
  for (const torch::Tensor& tensor : bucket) {
    tensor.detach().copy_(flat.narrow(0, first, tensor.numel()).view(tensor.sizes()));
    first += tensor.numel();
  }
}

}  // namespace

struct Communicator::Connection {
  c10::intrusive_ptr<c10d::Store> store;
  CommunicatorBackend backend;
  std::optional<Heartbeat> heartbeat;

  // Runs `start` for each bucket, all under way at once, and puts the results where they came from.
  template <class Start>
  void transfer(const std::vector<torch::Tensor>& tensors, Start start) {
    const torch::NoGradGuard no_grad;
    const std::vector<Bucket> buckets = buckets_of(tensors);
    std::vector<std::vector<torch::Tensor>> flats;
    std::vector<c10::intrusive_ptr<c10d::Work>> works;
    for (const Bucket& bucket : buckets) {
      flats.push_back({flat(bucket, backend.device)});
      works.push_back(start(*backend.transport, flats.back()));
    }
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      works[i]->wait();
      copy_back(flats[i].front(), buckets[i]);
    }
  }
};

namespace {

// Runs something that needs the other ranks. LibTorch's own message does not say what was under way:
// `explain` does.
template <class Action, class Explain>
void together(Action action, Explain explain) {
  try {
    action();
  } catch (const Error&) {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const std::exception& failure) {
    throw RunError(explain(reason(failure)));
  }
}

auto a_rank_has_ended(const std::string& what) {
  return [what](const std::string& reason) {
    return cat(what, " failed, as it does when another rank has ended (that one's log says why): ", reason,
               kWhatNow);
  };
}

c10::intrusive_ptr<c10d::Store> open_store(const Launch& launch) {
  c10d::TCPStoreOptions options;
  options.port = launch.master_port;
  options.isServer = launch.rank == 0 && !launch.launcher_listens;
  options.waitWorkers = false;  // counted below, so that the message can say how many came
  options.timeout = kMeetingTimeout;
  // A job that its launcher started anew may find the keys of the attempt before.
  return c10::make_intrusive<c10d::PrefixStore>(
      cat("glyffuser/", launch.attempt), c10::make_intrusive<c10d::TCPStore>(launch.master_address, options));
}

void wait_for_all(const Launch& launch, c10d::Store& store) {
  if (store.add(cat("is here/", launch.rank), 1) != 1)
    throw ConfigError(cat("two processes have RANK ", launch.rank, ", expected a different one for each"));
  const std::string all = cat("are here/", launch.size);
  const auto deadline = std::chrono::steady_clock::now() + kMeetingTimeout;
  for (std::int64_t here = store.add(all, 1); here < launch.size; here = store.add(all, 0)) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(cat("only ", here, " of ", launch.size, " came within five minutes"));
    std::this_thread::sleep_for(50ms);
  }
}

Heartbeat::Counter counter_on(const c10::intrusive_ptr<c10d::Store>& store) {
  // A connection of its own: one operation that waits would hold up the beats of the other.
  return
      [board = store->clone()](int rank, std::int64_t add) { return board->add(cat("alive/", rank), add); };
}

// Nothing can be unwound from here: the main thread waits for a rank that is gone.
void end_process(const std::string& lost) {
  log::error(cat("nothing was heard of ", lost, " for half a minute", kWhatNow));
  std::_Exit(static_cast<int>(ExitCode::runtime));
}

}  // namespace

Communicator::Communicator() = default;

Communicator::Communicator(const Launch& launch, const torch::Device& device)
    : rank_(launch.rank), size_(launch.size) {
  if (size_ == 1) return;
  connection_ = std::make_unique<Connection>();
  const auto meet = [&] {
    connection_->store = open_store(launch);
    wait_for_all(launch, *connection_->store);
    connection_->backend =
        make_communicator_backend(connection_->store, rank_, size_, device, kOperationTimeout);
    connection_->heartbeat.emplace(rank_, size_, counter_on(connection_->store), end_process);
  };
  together(meet, [&](const std::string& reason) {
    return cat("the ranks did not meet at ", launch.master_address, ":", launch.master_port, ": ", reason,
               "; ", kSameMeetingPoint);
  });
}

Communicator::~Communicator() {
  if (!connection_) return;
  connection_->heartbeat.reset();
  if (!connection_->backend.transport) return;
  // Leaving early, by an exception, must not wait for operations that will never be done.
  if (std::uncaught_exceptions() > 0)
    connection_->backend.transport->abort();
  else
    connection_->backend.transport->shutdown();
}

const Communicator& Communicator::alone() {
  static const Communicator communicator;
  return communicator;
}

void Communicator::sum(const std::vector<torch::Tensor>& tensors, const std::string& what) const {
  if (!connection_) return;
  together(
      [&] {
        connection_->transfer(tensors, [](c10d::Backend& transport, std::vector<torch::Tensor>& flat) {
          return transport.allreduce(flat);
        });
      },
      a_rank_has_ended(what));
}

void Communicator::broadcast(const std::vector<torch::Tensor>& tensors, const std::string& what) const {
  if (!connection_) return;
  together(
      [&] {
        connection_->transfer(tensors, [](c10d::Backend& transport, std::vector<torch::Tensor>& flat) {
          return transport.broadcast(flat);
        });
      },
      a_rank_has_ended(what));
}

// A sum that somebody looks at: NCCL's own operations return before they are done.
void Communicator::barrier(const std::string& what) const {
  if (!connection_) return;
  const torch::Tensor here = torch::ones({1}, torch::kInt64);
  sum({here}, what);
}

void Communicator::check_same(const std::string& text, const std::string& what) const {
  if (!connection_) return;
  const std::string own = sha256(text);
  torch::Tensor first = torch::empty({static_cast<std::int64_t>(own.size())}, torch::kUInt8);
  std::copy(own.begin(), own.end(), first.data_ptr<std::uint8_t>());
  broadcast({first}, cat("comparing the ", what));
  if (!std::equal(own.begin(), own.end(), first.data_ptr<std::uint8_t>()))
    throw ConfigError(
        cat("the ", what, " of rank ", rank_, " differs from rank 0's, expected the same on all"));
}

}  // namespace glyffuser

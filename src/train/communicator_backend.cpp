// USE_C10D_GLOO and USE_C10D_NCCL are set for this file where scripts/cmake/Distributed.cmake found the
// headers.
#include "communicator_backend.hpp"

#include <cstdlib>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/train/communicator.hpp"

#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace glyffuser {
namespace {

using StorePointer = c10::intrusive_ptr<c10d::Store>;

CommunicatorBackend make_nccl([[maybe_unused]] const StorePointer& store, [[maybe_unused]] int rank,
                              [[maybe_unused]] int size, const c10::Device& device,
                              [[maybe_unused]] std::chrono::milliseconds timeout) {
#ifdef USE_C10D_NCCL
  // By default LibTorch aborts the process when NCCL reports an error; the heartbeat ends it with a sentence
  // instead.
  ::setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0", /*overwrite=*/0);
  const auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return {c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, size, options), device};
#else
  return {nullptr, device};
#endif
}

CommunicatorBackend make_gloo([[maybe_unused]] const StorePointer& store, [[maybe_unused]] int rank,
                              [[maybe_unused]] int size, [[maybe_unused]] std::chrono::milliseconds timeout) {
#ifdef USE_C10D_GLOO
  // The headers may be older than LibTorch's own Gloo, so nothing of Gloo itself is made or called here.
  return {c10::make_intrusive<c10d::ProcessGroupGloo>(
              store, rank, size, c10d::ProcessGroupGloo::Options::create_default(timeout)),
          c10::kCPU};
#else
  return {nullptr, c10::kCPU};
#endif
}

}  // namespace

bool Communicator::has_gloo() {
#ifdef USE_C10D_GLOO
  return true;
#else
  return false;
#endif
}

CommunicatorBackend make_communicator_backend(const StorePointer& store, int rank, int size,
                                              const c10::Device& device, std::chrono::milliseconds timeout) {
  if (device.is_cuda()) {
    if (auto nccl = make_nccl(store, rank, size, device, timeout); nccl.transport) return nccl;
    log::warning("this program was built without NCCL: gradients travel through the CPU, which is slow");
  }
  if (auto gloo = make_gloo(store, rank, size, timeout); gloo.transport) return gloo;
  throw ConfigError(
      "WORLD_SIZE is more than 1, but this program was built without Gloo's headers (Debian's libgloo-dev) "
      "and "
      "can train in one process only");
}

}  // namespace glyffuser

#pragma once
// What moves the bytes. Kept apart because the headers of Gloo and NCCL need not be there.

#include <c10/core/Device.h>

#include <chrono>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace glyffuser {

struct CommunicatorBackend {
  c10::intrusive_ptr<c10d::Backend> transport;
  c10::Device device = c10::kCPU;  ///< where the tensors that it moves must lie
};

/// NCCL for a GPU if this build has it, else Gloo on the CPU. `timeout` is that of one operation. Throws
/// ConfigError if this build has neither.
CommunicatorBackend make_communicator_backend(const c10::intrusive_ptr<c10d::Store>& store, int rank,
                                              int size, const c10::Device& device,
                                              std::chrono::milliseconds timeout);

}  // namespace glyffuser

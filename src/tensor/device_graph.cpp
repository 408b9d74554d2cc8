#include "glyffuser/tensor/device_graph.hpp"

#include <c10/util/Exception.h>

#include <stdexcept>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/device.hpp"

#ifdef GLYFFUSER_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace glyffuser {

#ifdef GLYFFUSER_CUDA

struct DeviceGraph::Recording {
  at::cuda::CUDAGraph graph;
};

bool DeviceGraph::available() {
  return true;
}

DeviceGraph::DeviceGraph() : recording_(std::make_unique<Recording>()) {}

void DeviceGraph::capture(const std::function<void()>& work, const DeviceGraph* neighbour) {
  at::cuda::CUDAGraph& graph = recording_->graph;
  // What graphs that are gone had is kept by the allocator, which cannot let go of it while it records.
  c10::cuda::CUDACachingAllocator::emptyCache();
  // Other threads go on with preparing batches meanwhile, which must not spoil the recording.
  graph.capture_begin(neighbour ? neighbour->recording_->graph.pool() : c10::MempoolId_t{0, 0},
                      cudaStreamCaptureModeThreadLocal);
  try {
    work();
  } catch (...) {
    try {
      graph.capture_end();  // the stream must not be left recording
    } catch (const c10::Error&) {
      // What `work` threw says more.
    }
    throw;
  }
  graph.capture_end();
}

void DeviceGraph::replay() {
  recording_->graph.replay();
}

#else

struct DeviceGraph::Recording {};

bool DeviceGraph::available() {
  return false;
}

DeviceGraph::DeviceGraph() = default;

void DeviceGraph::capture(const std::function<void()>&, const DeviceGraph*) {
  throw std::logic_error("this build has no CUDA graphs");
}

void DeviceGraph::replay() {
  throw std::logic_error("this build has no CUDA graphs");
}

#endif

DeviceGraph::~DeviceGraph() = default;

bool DeviceGraph::record(const char* user, const std::function<void()>& work, const DeviceGraph* neighbour) {
  try {
    capture(work, neighbour);
    return true;
  } catch (const c10::OutOfMemoryError&) {
    throw;
  } catch (const c10::Error& failure) {
    log::warning(cat("a step could not be recorded as a CUDA graph (", short_message(failure), "); ", user,
                     " goes on without, which is slower"));
    return false;
  }
}

}  // namespace glyffuser

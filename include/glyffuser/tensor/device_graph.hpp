#pragma once
// A GPU's work recorded once and started again as a whole (CUDA graphs): a training step is thousands of
// short kernels, which take longer to launch one by one than to run.

#include <functional>
#include <memory>

namespace glyffuser {

class DeviceGraph {
 public:
  /// Whether this build can: LibTorch has CUDA, and CUDA's headers were there to compile against.
  static bool available();

  DeviceGraph();
  ~DeviceGraph();
  DeviceGraph(const DeviceGraph&) = delete;
  DeviceGraph& operator=(const DeviceGraph&) = delete;

  /// Records what `work` starts on the current stream, which must not be the default one; nothing of it
  /// happens yet. `work` may not wait for the device or copy from ordinary memory, and should have been done
  /// once before, so that libraries have chosen their algorithms. Memory that it allocates stays with the
  /// graph, and is shared with `neighbour`'s if given: only one of both may be replayed at a time, and
  /// neither may expect to find what it left there. False, with a warning that `user` goes on without, where
  /// the device refuses. Throws what else `work` throws, as c10::OutOfMemoryError, and std::logic_error in a
  /// build without graphs.
  bool record(const char* user, const std::function<void()>& work, const DeviceGraph* neighbour = nullptr);

  /// Starts all that was recorded on the current stream, with the same tensors.
  void replay();

 private:
  void capture(const std::function<void()>& work, const DeviceGraph* neighbour);

  struct Recording;
  std::unique_ptr<Recording> recording_;
};

}  // namespace glyffuser

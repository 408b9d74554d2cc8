#pragma once
// A second queue of a GPU's work, beside the default one: for what must not wait for it, and for recording.

#include <torch/types.h>

#include <functional>
#include <optional>

namespace glyffuser {

class SideStream {
 public:
  /// On a CPU there is no other queue: `run` just does the work.
  explicit SideStream(const torch::Device& device);

  /// Does `work` with this stream as the calling thread's current one, after all that was started on the
  /// current one so far, and returns when the device is done with it. So tensors may go either way freely.
  void run(const std::function<void()>& work) const;

 private:
  std::optional<c10::Stream> stream_;
};

/// A CPU tensor's copy on `device`, by way of page-locked memory, from which a GPU reads at full speed: the
/// current stream's later work finds it, the caller does not wait. The tensor itself if it is there already.
torch::Tensor copy_to(const torch::Tensor& tensor, const torch::Device& device);

}  // namespace glyffuser

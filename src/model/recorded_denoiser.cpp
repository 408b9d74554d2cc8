#include "glyffuser/model/recorded_denoiser.hpp"

#include <map>
#include <memory>
#include <mutex>

#include "glyffuser/tensor/device_graph.hpp"
#include "glyffuser/tensor/side_stream.hpp"

namespace glyffuser {
namespace {

// One for all that a process draws on a device. Streams come from a pool of 32 that is handed out in turns: a
// new one for every batch would in the end be that of a training's recorded steps, and a graph that goes
// frees what cuBLAS keeps for its stream (LibTorch 2.13, CUDAGraph::reset).
const SideStream& drawing_stream(const torch::Device& device) {
  static std::mutex mutex;
  static std::map<c10::DeviceIndex, SideStream> streams;
  const std::lock_guard lock(mutex);
  return streams.try_emplace(device.index(), device).first->second;
}

class Recorded {
 public:
  Recorded(Denoiser denoiser, const torch::Device& device)
      : denoiser_(std::move(denoiser)), stream_(drawing_stream(device)) {}

  torch::Tensor operator()(const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    // The first call lets libraries choose their algorithms and reads the texts, which stay.
    if (calls_++ == 0 || refused_) return denoiser_(noisy, timesteps);
    stream_.run([&] {
      if (!graph_) record(noisy, timesteps);
      if (refused_) return;
      noisy_.copy_(noisy);
      timesteps_.copy_(timesteps);
      graph_->replay();
    });
    // A copy: schedulers keep earlier outputs, and the next replay writes here again.
    return refused_ ? denoiser_(noisy, timesteps) : output_.clone();
  }

 private:
  void record(const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    noisy_ = noisy.clone();
    timesteps_ = timesteps.clone();
    graph_ = std::make_unique<DeviceGraph>();
    refused_ = !graph_->record("drawing", [&] { output_ = denoiser_(noisy_, timesteps_); });
  }

  Denoiser denoiser_;
  const SideStream& stream_;
  std::unique_ptr<DeviceGraph> graph_;
  torch::Tensor noisy_;
  torch::Tensor timesteps_;
  torch::Tensor output_;  // lies in the graph's memory
  std::size_t calls_ = 0;
  bool refused_ = false;
};

}  // namespace

Denoiser recorded(Denoiser denoiser, const torch::Device& device) {
  if (!device.is_cuda() || !DeviceGraph::available()) return denoiser;
  const auto state = std::make_shared<Recorded>(std::move(denoiser), device);
  return [state](const torch::Tensor& noisy, const torch::Tensor& timesteps) {
    return (*state)(noisy, timesteps);
  };
}

}  // namespace glyffuser

#include "glyffuser/model/recorded_denoiser.hpp"

#include <memory>

#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/tensor/device.hpp"
#include "glyffuser/tensor/device_graph.hpp"
#include "glyffuser/tensor/side_stream.hpp"

namespace glyffuser {
namespace {

class Recorded {
 public:
  Recorded(Denoiser denoiser, const torch::Device& device)
      : denoiser_(std::move(denoiser)), stream_(device) {}

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
    try {
      graph_->record([&] { output_ = denoiser_(noisy_, timesteps_); });
    } catch (const c10::OutOfMemoryError&) {
      throw;
    } catch (const c10::Error& failure) {
      log::warning(cat("a step could not be recorded as a CUDA graph (", first_line(failure),
                       "); drawing goes on without, which is slower"));
      refused_ = true;
    }
  }

  Denoiser denoiser_;
  SideStream stream_;
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

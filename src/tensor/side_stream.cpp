#include "glyffuser/tensor/side_stream.hpp"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace glyffuser {

SideStream::SideStream(const torch::Device& device) {
  if (!device.is_cpu()) stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

void SideStream::run(const std::function<void()>& work) const {
  if (!stream_) return work();
  c10::Event so_far(stream_->device_type());
  so_far.record(c10::impl::VirtualGuardImpl(stream_->device_type()).getStream(stream_->device()));
  so_far.block(*stream_);
  const c10::StreamGuard guard(*stream_);
  work();
  stream_->synchronize();
}

torch::Tensor copy_to(const torch::Tensor& tensor, const torch::Device& device) {
  if (tensor.device() == device) return tensor;
  const torch::Tensor readable = tensor.is_pinned() ? tensor : tensor.pin_memory();
  return readable.to(device, tensor.scalar_type(), /*non_blocking=*/true);
}

}  // namespace glyffuser

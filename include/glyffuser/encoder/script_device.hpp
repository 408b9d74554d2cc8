#pragma once
// Moving a traced TorchScript module to another device.

#include <torch/script.h>

namespace glyffuser {

/// Moves `module` to `device`, the tensors that it makes while it runs included. Tracing writes down the
/// device it ran on wherever a tensor is made, and `Module::to` moves weights only. To be called before the
/// module first runs. Throws c10::Error if the device's memory does not suffice.
void move_module(torch::jit::Module& module, torch::Device device);

}  // namespace glyffuser

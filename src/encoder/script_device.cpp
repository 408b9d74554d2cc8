#include "glyffuser/encoder/script_device.hpp"

#include <string>

namespace glyffuser {
namespace {

/// Devices are constants of the kind text: "cpu", "cuda:0".
void rename_devices(torch::jit::Block* block, const std::string& device) {
  const auto value = torch::jit::attr::value;
  for (torch::jit::Node* node : block->nodes()) {
    for (torch::jit::Block* inner : node->blocks()) rename_devices(inner, device);
    if (node->kind() != torch::jit::prim::Constant || !node->hasAttribute(value)) continue;
    if (node->kindOf(value) != torch::jit::AttributeKind::s) continue;
    const std::string& text = node->s(value);
    if (text == "cpu" || text.starts_with("cuda")) node->s_(value, device);
  }
}

}  // namespace

void move_module(torch::jit::Module& module, torch::Device device) {
  module.to(device);
  for (const torch::jit::Module& part : module.modules()) {
    for (const torch::jit::Method& method : part.get_methods()) {
      rename_devices(method.graph()->block(), device.str());
    }
  }
}

}  // namespace glyffuser

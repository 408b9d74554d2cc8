#pragma once
// Devices by name, and mixed precision as a scope.

#include <torch/torch.h>

#include <string>

namespace glyffuser {

/// "auto" (the first GPU if LibTorch sees one, else the CPU), "cpu", "cuda" or "cuda:N". Throws ConfigError
/// for another name, and where the device is not there or this LibTorch was built without CUDA.
torch::Device parse_device(const std::string& name);

/// Arithmetic of the model: fp32, or bf16 by autocast over float32 weights.
enum class Precision { fp32, bf16 };

/// "fp32" or "bf16". Throws ConfigError.
Precision parse_precision(const std::string& name);

/// Whether this device multiplies bf16 matrices in hardware; elsewhere bf16 is many times slower than fp32.
bool has_fast_bf16(const torch::Device& device);

/// Autocast for the lifetime of the object, on this thread; does nothing for fp32. Leaving the outermost
/// scope drops the cached bf16 copies of the weights, as Python's torch.autocast does: after an optimizer
/// step they would be stale.
class AutocastScope {
 public:
  AutocastScope(const torch::Device& device, Precision precision);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool active_;
  torch::DeviceType type_;
  bool before_ = false;
};

/// The first line of a LibTorch error without its backtrace.
std::string first_line(const c10::Error& error);

}  // namespace glyffuser

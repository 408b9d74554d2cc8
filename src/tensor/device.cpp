#include "glyffuser/tensor/device.hpp"

#include <ATen/cpu/Utils.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/cuda.h>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {

torch::Device parse_device(const std::string& name) {
  if (name == "auto")
    return torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  if (name == "cpu") return {torch::kCPU};
  const bool numbered = name.rfind("cuda:", 0) == 0 && name.size() > 5 && name.size() < 8 &&
                        name.find_first_not_of("0123456789", 5) == std::string::npos;
  if (name != "cuda" && !numbered)
    throw ConfigError(cat("device `", name, "`: expected auto, cpu, cuda or cuda:N"));
  if (!torch::cuda::is_available())
    throw ConfigError(
        cat("device `", name, "`: no CUDA device can be used here, expected --device cpu or auto"));
  const int index = numbered ? std::stoi(name.substr(5)) : 0;
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (index >= count)
    throw ConfigError(cat("device `", name, "`: this machine has ", count, " CUDA device",
                          count == 1 ? "" : "s", ", counted from cuda:0"));
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(index)};
}

torch::Dtype parse_precision(const std::string& name) {
  if (name == "fp32") return torch::kFloat32;
  if (name == "bf16") return torch::kBFloat16;
  throw ConfigError(cat("precision `", name, "`: expected fp32 or bf16"));
}

void tune_for_training(const torch::Device& device) {
  if (!device.is_cuda()) return;
  at::globalContext().setAllowTF32CuBLAS(true);
  at::globalContext().setAllowTF32CuDNN(true);
  at::globalContext().setSDPUseCuDNN(false);
}

bool has_fast_bf16(const torch::Device& device) {
  if (device.is_cuda()) {
    const c10::DeviceGuard guard(device);
    return at::detail::getCUDAHooks()
        .supportsBFloat16ConvolutionWithCuDNNv8();  // from compute capability 8 on
  }
  const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto has = [&](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.isBool() && found->second.toBool();
  };
  return has("avx512_bf16") || has("amx_bf16");
}

std::string resolve_precision(const std::string& name, const torch::Device& device) {
  if (name != "auto") return name;
  return has_fast_bf16(device) ? "bf16" : "fp32";
}

std::string short_message(const std::exception& failure) {
  const auto* from_torch = dynamic_cast<const c10::Error*>(&failure);
  const std::string text = trim(from_torch ? from_torch->what_without_backtrace() : failure.what());
  if (text.starts_with("The following operation failed in the TorchScript interpreter"))
    return text.substr(text.rfind('\n') + 1);  // after the script's own backtrace
  return text.substr(0, text.find('\n'));
}

}  // namespace glyffuser

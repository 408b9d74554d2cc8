#pragma once
// CUDA C++ that is compiled while the program runs, by the NVRTC that LibTorch's CUDA builds bring: to build
// glyffuser takes neither nvcc nor CUDA's headers, and the kernels are always those of the GPU at hand.

#include <torch/types.h>

#include <map>
#include <mutex>
#include <string>

#include "glyffuser/tensor/kernel_launcher.hpp"

namespace glyffuser {

class DeviceProgram final : public KernelLauncher {
 public:
  /// Compiles `source`, whose kernels are extern "C", for the CUDA device, in about a second. Throws RunError
  /// if LibTorch has no NVRTC, or with the first line of what it or the driver complains about.
  DeviceProgram(const std::string& source, const torch::Device& device);

 private:
  void start(const std::string& kernel, const LaunchShape& shape, void** arguments) const override;
  void* function(const std::string& kernel) const;

  torch::Device device_;
  void* module_ = nullptr;  // a CUmodule, which stays loaded
  mutable std::mutex mutex_;
  mutable std::map<std::string, void*> functions_;
};

}  // namespace glyffuser

#include "glyffuser/tensor/device_facts.hpp"

#include <dlfcn.h>

#include <array>

#include "glyffuser/core/machine.hpp"

namespace glyffuser {
namespace {

// The driver's own functions, found in the library that LibTorch has loaded already: int cuDeviceGet(int*,
// int) and int cuDeviceGetName(char*, int, int), 0 for success.
std::string cuda_name(int index) {
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (!driver) return "";
  const auto get = reinterpret_cast<int (*)(int*, int)>(::dlsym(driver, "cuDeviceGet"));
  const auto get_name = reinterpret_cast<int (*)(char*, int, int)>(::dlsym(driver, "cuDeviceGetName"));
  std::array<char, 256> name{};
  int handle = 0;
  const bool found = get && get_name && get(&handle, index) == 0 &&
                     get_name(name.data(), static_cast<int>(name.size()) - 1, handle) == 0;
  ::dlclose(driver);
  return found ? name.data() : "";
}

}  // namespace

std::string device_name(const torch::Device& device) {
  if (device.is_cpu()) return processor_name();
  const std::string name = device.is_cuda() ? cuda_name(device.has_index() ? device.index() : 0) : "";
  return name.empty() ? device.str() : name;
}

}  // namespace glyffuser

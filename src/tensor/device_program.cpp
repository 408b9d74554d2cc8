#include "glyffuser/tensor/device_program.hpp"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <vector>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/text.hpp"

namespace glyffuser {
namespace {

/// What is used of NVRTC's and the driver's interfaces, of which both keep their binary form; 0 is success
/// everywhere. The library is LibTorch's own door to them, and brings both.
struct Cuda {
  using Program = void*;
  int (*create)(Program*, const char* source, const char* name, int, const char* const*, const char* const*);
  int (*compile)(Program, int count, const char* const* options);
  int (*log_size)(Program, std::size_t*);
  int (*log)(Program, char*);
  int (*cubin_size)(Program, std::size_t*);
  int (*cubin)(Program, char*);
  int (*destroy)(Program*);
  int (*device_get)(int* device, int ordinal);
  int (*attribute)(int* value, int attribute, int device);
  int (*load_module)(void** module, const void* image);
  int (*get_function)(void** function, void* module, const char* name);
  int (*launch)(void* function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                unsigned shared_bytes, void* stream, void** arguments, void** extra);
  int (*error_name)(int error, const char** text);
};

Cuda load_cuda() {
  void* library = ::dlopen("libcaffe2_nvrtc.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) throw RunError("LibTorch's CUDA compiler cannot be loaded: libcaffe2_nvrtc.so");
  Cuda cuda{};
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(::dlsym(library, name));
    if (!function) throw RunError(cat("LibTorch's CUDA compiler has no ", name));
  };
  find(cuda.create, "nvrtcCreateProgram");
  find(cuda.compile, "nvrtcCompileProgram");
  find(cuda.log_size, "nvrtcGetProgramLogSize");
  find(cuda.log, "nvrtcGetProgramLog");
  find(cuda.cubin_size, "nvrtcGetCUBINSize");
  find(cuda.cubin, "nvrtcGetCUBIN");
  find(cuda.destroy, "nvrtcDestroyProgram");
  find(cuda.device_get, "cuDeviceGet");
  find(cuda.attribute, "cuDeviceGetAttribute");
  find(cuda.load_module, "cuModuleLoadData");
  find(cuda.get_function, "cuModuleGetFunction");
  find(cuda.launch, "cuLaunchKernel");
  find(cuda.error_name, "cuGetErrorName");
  return cuda;
}

const Cuda& cuda() {
  static const Cuda kCuda = load_cuda();
  return kCuda;
}

/// `what` and `which` are joined only for the message: every launch comes through here.
void check(int error, const char* what, const std::string& which = "") {
  if (error == 0) return;
  const char* name = nullptr;
  cuda().error_name(error, &name);
  throw RunError(cat(what, which, ": ", name ? name : cat("CUDA error ", error)));
}

/// "sm_90" for an H100.
std::string architecture(const torch::Device& device) {
  constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR
  int handle = 0, major = 0, minor = 0;
  check(cuda().device_get(&handle, device.index()), "finding the GPU");
  check(cuda().attribute(&major, kMajor, handle), "asking the GPU for its kind");
  check(cuda().attribute(&minor, kMinor, handle), "asking the GPU for its kind");
  return cat("sm_", major, minor);
}

std::string compiled(const std::string& source, const std::string& architecture) {
  Cuda::Program program = nullptr;
  if (cuda().create(&program, source.c_str(), "kernels.cu", 0, nullptr, nullptr) != 0)
    throw RunError("NVRTC takes no program");
  const std::string target = cat("--gpu-architecture=", architecture);
  const std::vector<const char*> options = {target.c_str(), "--std=c++17"};
  const int failed = cuda().compile(program, static_cast<int>(options.size()), options.data());
  std::string result;
  const auto read = [&](auto size_of, auto content_of) {
    std::size_t size = 0;
    if (size_of(program, &size) != 0) return;
    result.resize(size);
    content_of(program, result.data());
  };
  if (failed != 0)
    read(cuda().log_size, cuda().log);
  else
    read(cuda().cubin_size, cuda().cubin);
  cuda().destroy(&program);
  if (failed != 0) throw RunError(cat("NVRTC for ", architecture, ": ", result.substr(0, result.find('\n'))));
  return result;
}

}  // namespace

DeviceProgram::DeviceProgram(const std::string& source, const torch::Device& device) : device_(device) {
  const c10::DeviceGuard guard(device_);
  // Whoever has allocated there has made the device's context that of this thread.
  torch::empty({1}, torch::TensorOptions().device(device_));
  const std::string image = compiled(source, architecture(device_));
  check(cuda().load_module(&module_, image.data()), "loading kernels");
}

void* DeviceProgram::function(const std::string& kernel) const {
  const std::lock_guard lock(mutex_);
  void*& found = functions_[kernel];
  if (!found) check(cuda().get_function(&found, module_, kernel.c_str()), "finding the kernel ", kernel);
  return found;
}

void DeviceProgram::start(const std::string& kernel, const LaunchShape& shape, void** arguments) const {
  const c10::DeviceGuard guard(device_);
  void* stream = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_).native_handle();
  check(cuda().launch(function(kernel), shape.blocks_x, shape.blocks_y, 1, shape.threads, 1, 1,
                      shape.shared_bytes, stream, arguments, nullptr),
        "starting the kernel ", kernel);
}

}  // namespace glyffuser

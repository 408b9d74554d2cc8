#pragma once
// src/nn/gpu_kernels.cu on the CPU, thread by thread: what a GPU computes, where there is none.

#include <barrier>
#include <bit>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "glyffuser/tensor/kernel_launcher.hpp"

namespace glyffuser::emulated {

struct Index {
  unsigned x = 0, y = 0;
};

inline thread_local Index threadIdx, blockIdx;
inline Index blockDim, gridDim;
inline std::unique_ptr<std::barrier<>> barrier;

inline void __syncthreads() {
  barrier->arrive_and_wait();
}
inline float __uint_as_float(unsigned bits) {
  return std::bit_cast<float>(bits);
}
inline unsigned __float_as_uint(float x) {
  return std::bit_cast<unsigned>(x);
}
inline float __expf(float x) {
  return std::exp(x);
}
inline float __fdividef(float a, float b) {
  return a / b;
}

extern "C" {
alignas(16) inline float shared[12 * 1024];  // 48 KiB, as a GPU gives
}

#define __device__
#define __global__
#define __shared__
#include "src/nn/gpu_kernels.cu"
#undef __device__
#undef __global__
#undef __shared__

using Kernel = std::function<void(void**)>;

template <class... Parameters, std::size_t... i>
Kernel bound(void (*kernel)(Parameters...), std::index_sequence<i...>) {
  return [kernel](void** arguments) { kernel(*static_cast<std::remove_cv_t<Parameters>*>(arguments[i])...); };
}
template <class... Parameters>
Kernel bound(void (*kernel)(Parameters...)) {
  return bound(kernel, std::index_sequence_for<Parameters...>());
}

#define GLYFFUSER_BOTH(name)                  \
  {#name "_float", bound(name##_float)}, {    \
#name "_bfloat16", bound(name##_bfloat16) \
  }

inline const Kernel& kernel(const std::string& name) {
  static const std::map<std::string, Kernel> kKernels = {
      GLYFFUSER_BOTH(moments),
      GLYFFUSER_BOTH(coefficients),
      GLYFFUSER_BOTH(apply),
      GLYFFUSER_BOTH(gradient_sums),
      GLYFFUSER_BOTH(gradient),
      GLYFFUSER_BOTH(add_channels),
      GLYFFUSER_BOTH(channel_sums),
      GLYFFUSER_BOTH(geglu),
      GLYFFUSER_BOTH(geglu_gradient),
      {"gradient_coefficients",
       bound(static_cast<void (*)(const float*, const float*, const float*, int, int, int, int, float*)>(
           gradient_coefficients))}};
  return kKernels.at(name);
}

#undef GLYFFUSER_BOTH

/// One block after the other, each of as many threads as asked for.
class Launcher final : public KernelLauncher {
 private:
  void start(const std::string& name, const LaunchShape& shape, void** arguments) const override {
    if (shape.shared_bytes > sizeof(shared) || shape.threads > 1024 || shape.blocks_y > 65535)
      throw std::runtime_error(name + " asks for more than a GPU has");
    const Kernel& run = kernel(name);
    blockDim = {shape.threads, 1};
    gridDim = {shape.blocks_x, shape.blocks_y};
    barrier = std::make_unique<std::barrier<>>(shape.threads);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < shape.threads; ++i) {
      threads.emplace_back([&, i] {
        threadIdx = {i, 0};
        for (unsigned y = 0; y < shape.blocks_y; ++y) {
          for (unsigned x = 0; x < shape.blocks_x; ++x) {
            blockIdx = {x, y};
            run(arguments);
            __syncthreads();  // before the next block takes the shared memory
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace glyffuser::emulated

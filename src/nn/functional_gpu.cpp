#include "glyffuser/nn/functional_gpu.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "glyffuser/core/error.hpp"
#include "glyffuser/core/log.hpp"
#include "glyffuser/core/text.hpp"
#include "glyffuser/nn/feature_maps.hpp"
#include "glyffuser/tensor/device_program.hpp"

namespace glyffuser::nn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kPackBytes = 16;
constexpr int kThreads = 256;     // of a block, about
constexpr int kBlocks = 8 * 132;  // enough to fill an H100

int pack_of(const Tensor& x) {
  return static_cast<int>(kPackBytes / x.element_size());
}

std::string kernel_of(const char* name, const Tensor& x) {
  return cat(name, x.scalar_type() == torch::kFloat ? "_float" : "_bfloat16");
}

/// Packs are read whole, so memory must begin at one.
Tensor aligned(const Tensor& x) {
  const bool is = reinterpret_cast<std::uintptr_t>(x.const_data_ptr()) % kPackBytes == 0;
  return is ? x : x.clone();
}

Tensor aligned_maps(const Tensor& x) {
  return aligned(channels_last(x));
}

Tensor floats(torch::IntArrayRef sizes, const Tensor& x) {
  return torch::empty(sizes, x.options().dtype(torch::kFloat));
}

/// How a batch of feature maps is shared out to blocks: each gets a part of one image's pixels.
struct Parts {
  int images, pixels, channels, threads, rows, part, count;

  explicit Parts(const Tensor& x)
      : images(static_cast<int>(x.size(0))),
        pixels(static_cast<int>(x.size(2) * x.size(3))),
        channels(static_cast<int>(x.size(1))) {
    const int columns = channels / pack_of(x);
    rows = std::max(1, kThreads / columns);
    threads = columns * rows;
    const int wanted = std::max(1, kBlocks / images);
    part = std::max((pixels + wanted - 1) / wanted, 4 * rows);
    count = (pixels + part - 1) / part;
  }

  LaunchShape shape() const {
    return {static_cast<unsigned>(count), static_cast<unsigned>(images), static_cast<unsigned>(threads), 0};
  }
  /// With room for so many sums of each channel.
  LaunchShape summing(int kinds) const {
    LaunchShape all = shape();
    all.shared_bytes = static_cast<unsigned>(kinds * rows * channels) * sizeof(float);
    return all;
  }
  LaunchShape by_image(int kinds) const {
    const auto threads_of_it = static_cast<unsigned>(std::min(kThreads, (channels + 31) / 32 * 32));
    return {static_cast<unsigned>(images), 1, threads_of_it, static_cast<unsigned>(kinds * channels) * 4};
  }
};

const float* floats_of(const Tensor& x) {
  return x.defined() ? x.const_data_ptr<float>() : nullptr;
}

const KernelLauncher& launcher_in(const AutogradContext& context) {
  const auto address = context.saved_data.at("kernels").toInt();
  return *reinterpret_cast<const KernelLauncher*>(static_cast<std::uintptr_t>(address));
}

void keep_launcher(AutogradContext& context, const KernelLauncher& kernels) {
  context.saved_data["kernels"] = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&kernels));
}

struct GpuGroupNorm : torch::autograd::Function<GpuGroupNorm> {
  static Tensor forward(AutogradContext* context, const KernelLauncher* kernels, const Tensor& input,
                        const std::optional<Tensor>& shift, const Tensor& weight, const Tensor& bias,
                        std::int64_t groups, double eps, bool silu) {
    const Tensor x = aligned_maps(input), y = feature_maps_like(x, x.size(1));
    const Tensor added = shift ? shift->to(torch::kFloat).contiguous() : Tensor();
    const Parts parts(x);
    const Tensor partial = floats({parts.images, parts.count, 2, parts.channels}, x);
    const Tensor table = floats({4, parts.images, parts.channels}, x);
    const void* from = x.const_data_ptr();
    kernels->launch(kernel_of("moments", x), parts.summing(2), from, parts.pixels, parts.channels, parts.part,
                    partial.data_ptr<float>());
    kernels->launch(kernel_of("coefficients", x), parts.by_image(2), from, floats_of(partial),
                    floats_of(added), floats_of(weight), floats_of(bias), parts.count, parts.pixels,
                    parts.channels, static_cast<int>(groups), static_cast<float>(eps),
                    table.data_ptr<float>());
    kernels->launch(kernel_of("apply", x), parts.shape(), from, floats_of(table[2]), floats_of(table[3]),
                    parts.pixels, parts.channels, parts.part, static_cast<int>(silu), y.data_ptr());
    context->save_for_backward({x, weight, table});
    context->saved_data["groups"] = groups;
    context->saved_data["silu"] = silu;
    if (shift) context->saved_data["shift"] = static_cast<std::int64_t>(shift->scalar_type());
    keep_launcher(*context, *kernels);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &table = saved[2];
    const Tensor dy = aligned_maps(gradients[0]), dx = feature_maps_like(x, x.size(1));
    const KernelLauncher& kernels = launcher_in(*context);
    const auto groups = static_cast<int>(context->saved_data["groups"].toInt());
    const int silu = context->saved_data["silu"].toBool();
    const Parts parts(x);
    const Tensor partial = floats({parts.images, parts.count, 3, parts.channels}, x);
    const Tensor results = floats({5, parts.images, parts.channels}, x);
    const void *from = x.const_data_ptr(), *above = dy.const_data_ptr();
    kernels.launch(kernel_of("gradient_sums", x), parts.summing(3), from, above, floats_of(table),
                   parts.pixels, parts.channels, parts.part, silu, partial.data_ptr<float>());
    kernels.launch("gradient_coefficients", parts.by_image(3), floats_of(partial), floats_of(table),
                   floats_of(weight), parts.count, parts.pixels, parts.channels, groups,
                   results.data_ptr<float>());
    kernels.launch(kernel_of("gradient", x), parts.shape(), from, above, floats_of(table), floats_of(results),
                   parts.pixels, parts.channels, parts.part, silu, dx.data_ptr());
    const auto shift = context->saved_data.find("shift");
    Tensor dshift;
    if (shift != context->saved_data.end())
      dshift = results[2].to(static_cast<torch::ScalarType>(shift->second.toInt()));
    const Tensor over_images = results.narrow(0, 3, 2).sum(1);
    return {{}, dx, dshift, over_images[0], over_images[1], {}, {}, {}};
  }
};

struct GpuGeglu : torch::autograd::Function<GpuGeglu> {
  static Tensor forward(AutogradContext* context, const KernelLauncher* kernels, const Tensor& input) {
    const Tensor x = aligned(input.contiguous());
    auto sizes = x.sizes().vec();
    sizes.back() /= 2;
    const Tensor y = torch::empty(sizes, x.options());
    const Packs packs(y);
    kernels->launch(kernel_of("geglu", x), packs.shape(), x.const_data_ptr(), packs.count, packs.columns,
                    y.data_ptr());
    context->save_for_backward({x});
    keep_launcher(*context, *kernels);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Tensor x = context->get_saved_variables()[0], dy = aligned(gradients[0].contiguous());
    const Tensor dx = torch::empty_like(x);
    const Packs packs(dy);
    launcher_in(*context).launch(kernel_of("geglu_gradient", x), packs.shape(), x.const_data_ptr(),
                                 dy.const_data_ptr(), packs.count, packs.columns, dx.data_ptr());
    return {{}, dx};
  }

 private:
  /// A thread for each pack of the result.
  struct Packs {
    int count, columns;

    explicit Packs(const Tensor& y)
        : count(static_cast<int>(y.numel() / pack_of(y))),
          columns(static_cast<int>(y.size(-1) / pack_of(y))) {}
    LaunchShape shape() const {
      return {static_cast<unsigned>((count + kThreads - 1) / kThreads), 1, kThreads, 0};
    }
  };
};

struct GpuAdd : torch::autograd::Function<GpuAdd> {
  static Tensor forward(AutogradContext* context, const KernelLauncher* kernels, const Tensor& a,
                        const Tensor& b, const Tensor& bias) {
    const Tensor one = aligned_maps(a), other = aligned_maps(b), y = feature_maps_like(one, one.size(1));
    const Parts parts(one);
    kernels->launch(kernel_of("add_channels", one), parts.shape(), one.const_data_ptr(),
                    other.const_data_ptr(), bias.const_data_ptr(), parts.pixels, parts.channels, parts.part,
                    y.data_ptr());
    context->saved_data["bias"] = static_cast<std::int64_t>(bias.scalar_type());
    keep_launcher(*context, *kernels);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Tensor dy = aligned_maps(gradients[0]);
    const Parts parts(dy);
    const Tensor partial = floats({std::int64_t{parts.images} * parts.count, parts.channels}, dy);
    launcher_in(*context).launch(kernel_of("channel_sums", dy), parts.summing(1), dy.const_data_ptr(),
                                 parts.pixels, parts.channels, parts.part, partial.data_ptr<float>());
    const auto dtype = static_cast<torch::ScalarType>(context->saved_data["bias"].toInt());
    return {{}, dy, dy, partial.sum(0).to(dtype)};
  }
};

std::unique_ptr<KernelLauncher> compiled_for(const torch::Device& device) {
  try {
    return std::make_unique<DeviceProgram>(std::string(gpu_kernels_source()), device);
  } catch (const Error& error) {
    log::warning(cat("glyffuser's own GPU kernels cannot be used (", error.what(),
                     "); LibTorch's operations are, which are slower"));
    return nullptr;
  }
}

}  // namespace

const KernelLauncher* gpu_kernels(const Tensor& x) {
  const bool known = x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kBFloat16;
  if (!x.is_cuda() || !known) return nullptr;
  static std::mutex mutex;
  static std::map<torch::DeviceIndex, std::unique_ptr<KernelLauncher>> by_device;
  const std::lock_guard lock(mutex);
  const auto [place, is_new] = by_device.try_emplace(x.device().index());
  if (is_new) place->second = compiled_for(x.device());
  return place->second.get();
}

bool fits_gpu_kernels(const Tensor& x, std::int64_t row) {
  constexpr std::int64_t kLongest =
      4096;  // three sums of each must fit into a block's 48 KiB of shared memory
  constexpr std::int64_t kMostImages = 65'535;  // blocks of a grid in y
  return row % pack_of(x) == 0 && row <= kLongest && x.numel() > 0 && x.size(0) <= kMostImages;
}

Tensor group_norm_on_gpu(const KernelLauncher& kernels, const Tensor& x, const Tensor& shift,
                         const Tensor& weight, const Tensor& bias, std::int64_t groups, double eps,
                         bool silu) {
  const auto added = shift.defined() ? std::optional(shift) : std::nullopt;
  return GpuGroupNorm::apply(&kernels, x, added, weight, bias, groups, eps, silu);
}

Tensor geglu_on_gpu(const KernelLauncher& kernels, const Tensor& x) {
  return GpuGeglu::apply(&kernels, x);
}

Tensor add_on_gpu(const KernelLauncher& kernels, const Tensor& a, const Tensor& b, const Tensor& bias) {
  return GpuAdd::apply(&kernels, a, b, bias);
}

}  // namespace glyffuser::nn

#include "glyffuser/nn/functional.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "glyffuser/nn/feature_maps.hpp"
#include "glyffuser/nn/functional_gpu.hpp"
#include "glyffuser/nn/kernels.hpp"

namespace glyffuser::nn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Whether the kernels take it.
bool fused(const Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kBFloat16);
}

/// Where the kernels of a GPU take it in rows of so many values.
const KernelLauncher* gpu_kernels_for(const Tensor& x, std::int64_t row) {
  const KernelLauncher* kernels = gpu_kernels(x);
  return kernels && fits_gpu_kernels(x, row) ? kernels : nullptr;
}

/// Calls body with a null pointer of x's element type.
template <class Body>
void by_type(const Tensor& x, const Body& body) {
  if (x.scalar_type() == torch::kFloat)
    body(static_cast<float*>(nullptr));
  else
    body(static_cast<c10::BFloat16*>(nullptr));
}

/// A batch of feature maps in pieces of whole pixels. The pieces do not depend on the number of threads, so
/// neither do the sums over them.
struct Pieces {
  static constexpr std::int64_t kPixels = 1024;

  std::int64_t images, pixels, channels, groups;

  std::int64_t per_image() const { return (pixels + kPixels - 1) / kPixels; }
  std::int64_t count() const { return images * per_image(); }
  std::int64_t image(std::int64_t piece) const { return piece / per_image(); }
  std::int64_t rows(std::int64_t piece) const { return std::min(kPixels, pixels - first(piece)); }
  /// Of the piece's first value in the batch.
  std::int64_t offset(std::int64_t piece) const { return (image(piece) * pixels + first(piece)) * channels; }

  template <class Body>
  void for_each(const Body& body) const {
    at::parallel_for(0, count(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t piece = begin; piece < end; ++piece) body(piece);
    });
  }
  /// body(image), each image once.
  template <class Body>
  void for_images(const Body& body) const {
    at::parallel_for(0, images, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t image = begin; image < end; ++image) body(image);
    });
  }

  /// The sums of an image's pieces, `sums` [pieces, channels] -> its first piece.
  void gather(std::vector<float>& sums, std::int64_t image) const {
    float* total = sums.data() + image * per_image() * channels;
    for (std::int64_t piece = 1; piece < per_image(); ++piece) {
      for (std::int64_t c = 0; c < channels; ++c) total[c] += total[piece * channels + c];
    }
  }

 private:
  std::int64_t first(std::int64_t piece) const { return piece % per_image() * kPixels; }
};

Pieces pieces_of(const Tensor& x, std::int64_t groups) {
  return {x.size(0), x.size(2) * x.size(3), x.size(1), groups};
}

/// What a group norm does to each channel of each image, float [B, C]: normal = normal_scale · x +
/// normal_offset, u = scale · x + offset.
struct Coefficients {
  Tensor normal_scale, normal_offset, scale, offset;

  kernels::Affine affine(std::int64_t at, Activation activation) const {
    return {scale.const_data_ptr<float>() + at, offset.const_data_ptr<float>() + at,
            activation == Activation::silu};
  }
};

/// Mean and sum of squared distances of an image's channels from their sums around an origin, joined to those
/// of the groups (Chan, Golub & LeVeque 1979), then the coefficients.
template <class T>
void coefficients_of_image(const Pieces& pieces, const T* origin, const float* sums, const float* squares,
                           const float* shift, const float* weight, const float* bias, double eps,
                           std::int64_t at, const Coefficients& out) {
  const std::int64_t width = pieces.channels / pieces.groups;
  const auto pixels = static_cast<double>(pieces.pixels);
  for (std::int64_t group = 0; group < pieces.groups; ++group) {
    double mean = 0, spread = 0;
    const auto channel_mean = [&](std::int64_t c) {
      return static_cast<double>(origin[c]) + (shift ? shift[c] : 0.0) + sums[c] / pixels;
    };
    for (std::int64_t c = group * width; c < (group + 1) * width; ++c) mean += channel_mean(c);
    mean /= static_cast<double>(width);
    for (std::int64_t c = group * width; c < (group + 1) * width; ++c) {
      const double sum = sums[c], distance = channel_mean(c) - mean;
      spread += squares[c] - sum * sum / pixels + pixels * distance * distance;
    }
    const double variance = std::max(spread, 0.0) / (pixels * static_cast<double>(width));
    const double deviation = 1 / std::sqrt(variance + eps);
    for (std::int64_t c = group * width; c < (group + 1) * width; ++c) {
      const double normal_offset = ((shift ? shift[c] : 0.0) - mean) * deviation;
      out.normal_scale.data_ptr<float>()[at + c] = static_cast<float>(deviation);
      out.normal_offset.data_ptr<float>()[at + c] = static_cast<float>(normal_offset);
      out.scale.data_ptr<float>()[at + c] = static_cast<float>(weight[c] * deviation);
      out.offset.data_ptr<float>()[at + c] = static_cast<float>(weight[c] * normal_offset + bias[c]);
    }
  }
}

template <class T>
Coefficients coefficients(const Tensor& x, const Tensor& shift, const Tensor& weight, const Tensor& bias,
                          std::int64_t groups, double eps) {
  const Pieces pieces = pieces_of(x, groups);
  const T* values = x.const_data_ptr<T>();
  std::vector<float> sums(static_cast<std::size_t>(pieces.count() * pieces.channels));
  std::vector<float> squares(sums.size());
  pieces.for_each([&](std::int64_t piece) {
    const T* origin = values + pieces.image(piece) * pieces.pixels * pieces.channels;
    const std::int64_t at = piece * pieces.channels;
    kernels::channel_moments(values + pieces.offset(piece), origin, pieces.rows(piece), pieces.channels,
                             sums.data() + at, squares.data() + at);
  });
  const auto empty = [&] { return torch::empty({pieces.images, pieces.channels}, torch::kFloat); };
  Coefficients result{empty(), empty(), empty(), empty()};
  pieces.for_images([&](std::int64_t image) {
    pieces.gather(sums, image);
    pieces.gather(squares, image);
    const std::int64_t at = image * pieces.channels, first = at * pieces.per_image();
    coefficients_of_image(pieces, values + at * pieces.pixels, sums.data() + first, squares.data() + first,
                          shift.defined() ? shift.const_data_ptr<float>() + at : nullptr,
                          weight.const_data_ptr<float>(), bias.const_data_ptr<float>(), eps, at, result);
  });
  return result;
}

/// The gradient of a group norm, given the sums over pixels of every image's channels.
struct GroupNormGradient {
  Tensor dx, dshift, dweight, dbias;
};

/// dx = scale · du + slope · x + level; and what the shift, the weight and the bias receive from an image.
void image_gradient(const Pieces& pieces, std::int64_t image, const kernels::GradientSums& sums,
                    const float* weight, const Coefficients& k, float* slope, float* level, float* dshift) {
  const std::int64_t width = pieces.channels / pieces.groups, at = image * pieces.channels;
  const double values = static_cast<double>(pieces.pixels * width);
  const float* deviations = k.normal_scale.const_data_ptr<float>() + at;
  const float* normal_offset = k.normal_offset.const_data_ptr<float>() + at;
  for (std::int64_t first = 0; first < pieces.channels; first += width) {
    double du = 0, dun = 0;
    for (std::int64_t c = first; c < first + width; ++c) {
      du += static_cast<double>(weight[c]) * sums.du[c];
      dun += static_cast<double>(weight[c]) * sums.dun[c];
    }
    const double deviation = deviations[first];
    for (std::int64_t c = first; c < first + width; ++c) {
      slope[c] = static_cast<float>(-deviation * deviation * dun / values);
      level[c] = static_cast<float>(-deviation * (du + normal_offset[c] * dun) / values);
      dshift[c] = static_cast<float>(deviation *
                                     (static_cast<double>(weight[c]) * sums.du[c] -
                                      (du * static_cast<double>(pieces.pixels) + dun * sums.n[c]) / values));
    }
  }
}

template <class T>
GroupNormGradient group_norm_gradient(const Tensor& x, const Tensor& dy, const Tensor& weight,
                                      const Coefficients& k, std::int64_t groups, Activation activation) {
  const Pieces pieces = pieces_of(x, groups);
  const T *values = x.const_data_ptr<T>(), *gradients = dy.const_data_ptr<T>();
  const auto size = static_cast<std::size_t>(pieces.count() * pieces.channels);
  std::vector<float> du(size), dun(size), n(size);
  const auto sums_at = [&](std::int64_t piece) {
    const std::int64_t at = piece * pieces.channels, image = pieces.image(piece) * pieces.channels;
    return kernels::GradientSums{k.normal_scale.const_data_ptr<float>() + image,
                                 k.normal_offset.const_data_ptr<float>() + image, du.data() + at,
                                 dun.data() + at, n.data() + at};
  };
  pieces.for_each([&](std::int64_t piece) {
    const std::int64_t at = pieces.offset(piece);
    kernels::gradient_sums(values + at, gradients + at,
                           k.affine(pieces.image(piece) * pieces.channels, activation), pieces.rows(piece),
                           pieces.channels, sums_at(piece));
  });
  GroupNormGradient result;
  const auto per_image = [&] { return torch::empty({pieces.images, pieces.channels}, torch::kFloat); };
  const Tensor slope = per_image(), level = per_image(), dweight = per_image(), dbias = per_image();
  result.dshift = per_image();
  pieces.for_images([&](std::int64_t image) {
    for (std::vector<float>* sums : {&du, &dun, &n}) pieces.gather(*sums, image);
    const std::int64_t at = image * pieces.channels;
    const kernels::GradientSums sums = sums_at(image * pieces.per_image());
    image_gradient(pieces, image, sums, weight.const_data_ptr<float>(), k, slope.data_ptr<float>() + at,
                   level.data_ptr<float>() + at, result.dshift.data_ptr<float>() + at);
    std::copy_n(sums.dun, pieces.channels, dweight.data_ptr<float>() + at);
    std::copy_n(sums.du, pieces.channels, dbias.data_ptr<float>() + at);
  });
  result.dweight = dweight.sum(0);
  result.dbias = dbias.sum(0);
  result.dx = feature_maps_like(x, x.size(1));
  T* out = result.dx.template data_ptr<T>();
  pieces.for_each([&](std::int64_t piece) {
    const std::int64_t at = pieces.offset(piece), image = pieces.image(piece) * pieces.channels;
    kernels::gradient(values + at, gradients + at, k.affine(image, activation),
                      slope.const_data_ptr<float>() + image, level.const_data_ptr<float>() + image,
                      pieces.rows(piece), pieces.channels, out + at);
  });
  return result;
}

struct GroupNormFunction : torch::autograd::Function<GroupNormFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const std::optional<Tensor>& shift,
                        const Tensor& weight, const Tensor& bias, std::int64_t groups, double eps,
                        bool silu) {
    const Tensor x = channels_last(input);
    const Tensor added = shift ? shift->to(torch::kFloat).contiguous() : Tensor();
    const auto activation = silu ? Activation::silu : Activation::none;
    const Tensor y = feature_maps_like(x, x.size(1));
    Coefficients k;
    by_type(x, [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      k = coefficients<T>(x, added, weight, bias, groups, eps);
      const Pieces pieces = pieces_of(x, groups);
      const T* values = x.const_data_ptr<T>();
      T* out = y.data_ptr<T>();
      pieces.for_each([&](std::int64_t piece) {
        const std::int64_t at = pieces.offset(piece);
        kernels::apply(values + at, k.affine(pieces.image(piece) * pieces.channels, activation),
                       pieces.rows(piece), pieces.channels, out + at);
      });
    });
    context->save_for_backward({x, weight, k.normal_scale, k.normal_offset, k.scale, k.offset});
    context->saved_data["groups"] = groups;
    context->saved_data["silu"] = silu;
    if (shift) context->saved_data["shift"] = static_cast<std::int64_t>(shift->scalar_type());
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Coefficients k{saved[2], saved[3], saved[4], saved[5]};
    const Tensor dy = channels_last(gradients[0]);
    const std::int64_t groups = context->saved_data["groups"].toInt();
    const auto activation = context->saved_data["silu"].toBool() ? Activation::silu : Activation::none;
    GroupNormGradient result;
    by_type(x, [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      result = group_norm_gradient<T>(x, dy, weight, k, groups, activation);
    });
    const auto shift = context->saved_data.find("shift");
    Tensor dshift;
    if (shift != context->saved_data.end())
      dshift = result.dshift.to(static_cast<torch::ScalarType>(shift->second.toInt()));
    return {result.dx, dshift, result.dweight, result.dbias, {}, {}, {}};
  }
};

struct GegluFunction : torch::autograd::Function<GegluFunction> {
  static constexpr std::int64_t kGrain = 16;  // rows a thread takes at least

  static Tensor forward(AutogradContext* context, const Tensor& input) {
    const Tensor x = input.contiguous();
    const std::int64_t width = x.size(-1) / 2, rows = x.numel() / (2 * width);
    auto sizes = x.sizes().vec();
    sizes.back() = width;
    const Tensor y = torch::empty(sizes, x.options());
    by_type(x, [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      const T* from = x.const_data_ptr<T>();
      T* to = y.data_ptr<T>();
      at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
        kernels::geglu(from + begin * 2 * width, end - begin, width, to + begin * width);
      });
    });
    context->save_for_backward({x});
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Tensor x = context->get_saved_variables()[0], dy = gradients[0].contiguous();
    const std::int64_t width = x.size(-1) / 2, rows = x.numel() / (2 * width);
    const Tensor dx = torch::empty_like(x);
    by_type(x, [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      const T *from = x.const_data_ptr<T>(), *gradient = dy.const_data_ptr<T>();
      T* to = dx.data_ptr<T>();
      at::parallel_for(0, rows, kGrain, [&](std::int64_t begin, std::int64_t end) {
        kernels::geglu_gradient(from + begin * 2 * width, gradient + begin * width, end - begin, width,
                                to + begin * 2 * width);
      });
    });
    return {dx};
  }
};

}  // namespace

Tensor group_norm(const Tensor& x, const Tensor& shift, const Tensor& weight, const Tensor& bias,
                  std::int64_t groups, double eps, Activation activation) {
  if (fused(x) && weight.scalar_type() == torch::kFloat) {
    const auto added = shift.defined() ? std::optional(shift) : std::nullopt;
    return GroupNormFunction::apply(x, added, weight, bias, groups, eps, activation == Activation::silu);
  }
  if (const KernelLauncher* gpu = gpu_kernels_for(x, x.size(1)); gpu && weight.scalar_type() == torch::kFloat)
    return group_norm_on_gpu(*gpu, x, shift, weight, bias, groups, eps, activation == Activation::silu);
  const Tensor shifted = shift.defined() ? x + shift.unsqueeze(2).unsqueeze(3) : x;
  const Tensor y =
      torch::group_norm(shifted, groups, weight.to(x.scalar_type()), bias.to(x.scalar_type()), eps);
  return activation == Activation::silu ? torch::silu(y) : y;
}

bool takes_biases_along(const Tensor& x, std::int64_t channels) {
  return gpu_kernels_for(x, channels) != nullptr;
}

Tensor add(const Tensor& a, const Tensor& b, const Tensor& bias) {
  const KernelLauncher* gpu = gpu_kernels_for(a, a.size(1));
  if (gpu && b.sizes() == a.sizes() && b.scalar_type() == a.scalar_type() &&
      bias.scalar_type() == a.scalar_type())
    return add_on_gpu(*gpu, a, b, bias);
  return a + b + bias.unsqueeze(1).unsqueeze(2);
}

Tensor geglu(const Tensor& x) {
  if (fused(x)) return GegluFunction::apply(x);
  if (const KernelLauncher* gpu = gpu_kernels_for(x, x.size(-1) / 2)) return geglu_on_gpu(*gpu, x);
  const auto halves = x.chunk(2, -1);
  return halves[0] * torch::gelu(halves[1]);
}

}  // namespace glyffuser::nn

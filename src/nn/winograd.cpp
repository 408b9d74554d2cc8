#include "glyffuser/nn/winograd.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <vector>

#include "glyffuser/nn/feature_maps.hpp"
#include "glyffuser/nn/winograd_kernels.hpp"

namespace glyffuser::nn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kOutput = 4, kInput = 6, kProducts = kInput * kInput;
// Tiles whose values and products stay in a core's cache; for the weight's gradient, whose 36 sums are read
// and written once a block, more.
constexpr std::int64_t kBlock = 24, kGradientBlock = 64;
// More partial sums of the weight's gradient would take more memory and time than threads save.
constexpr std::int64_t kMostSums = 16;

/// The tiles of 4 x 4 pixels of a batch of feature maps, one after the other.
class Tiles {
 public:
  explicit Tiles(const Tensor& x)
      : height_(x.size(2)),
        width_(x.size(3)),
        rows_(height_ / kOutput),
        columns_(width_ / kOutput),
        count_(x.size(0) * rows_ * columns_) {}

  std::int64_t count() const { return count_; }

  /// The tile's own pixels in a channels_last feature map.
  template <class T>
  std::array<T*, kOutput * kOutput> pixels(std::int64_t tile, T* map, std::int64_t channels) const {
    std::array<T*, kOutput * kOutput> result;
    for (std::int64_t k = 0; k < kOutput * kOutput; ++k) {
      const std::int64_t y = top(tile) + k / kOutput, x = left(tile) + k % kOutput;
      result[static_cast<std::size_t>(k)] = map + (first_row(tile) + y) * width_ * channels + x * channels;
    }
    return result;
  }

  /// Those and the ones around them, `outside` beyond the edges.
  std::array<const float*, kProducts> surroundings(std::int64_t tile, const float* map, std::int64_t channels,
                                                   const float* outside) const {
    std::array<const float*, kProducts> result;
    for (std::int64_t k = 0; k < kProducts; ++k) {
      const std::int64_t y = top(tile) + k / kInput - 1, x = left(tile) + k % kInput - 1;
      const bool inside = y >= 0 && y < height_ && x >= 0 && x < width_;
      result[static_cast<std::size_t>(k)] =
          inside ? map + (first_row(tile) + y) * width_ * channels + x * channels : outside;
    }
    return result;
  }

 private:
  std::int64_t first_row(std::int64_t tile) const { return tile / (rows_ * columns_) * height_; }
  std::int64_t top(std::int64_t tile) const { return tile / columns_ % rows_ * kOutput; }
  std::int64_t left(std::int64_t tile) const { return tile % columns_ * kOutput; }

  std::int64_t height_, width_, rows_, columns_, count_;
};

/// A block of tiles' values or products, [36, tiles, channels]: those of one tile are `channels` floats in
/// each of the 36 matrices.
struct Matrices {
  Matrices(std::int64_t tiles, std::int64_t channels)
      : all(torch::empty({kProducts, tiles, channels}, torch::kFloat)), values(all.data_ptr<float>()) {}

  float* matrix(std::int64_t k) const { return values + k * all.size(1) * all.size(2); }
  std::array<float*, kProducts> of_tile(std::int64_t tile) const {
    std::array<float*, kProducts> result;
    for (std::int64_t k = 0; k < kProducts; ++k)
      result[static_cast<std::size_t>(k)] = matrix(k) + tile * all.size(2);
    return result;
  }
  Tensor first(std::int64_t tiles) const { return all.narrow(1, 0, tiles); }

  Tensor all;
  float* values;
};

std::int64_t ceil_divide(std::int64_t value, std::int64_t by) {
  return (value + by - 1) / by;
}

/// At most kBlock tiles, so that every thread has as many as the others.
std::int64_t even_block(std::int64_t tiles, std::int64_t threads) {
  const std::int64_t of_thread = ceil_divide(tiles, threads);
  return ceil_divide(of_thread, ceil_divide(of_thread, kBlock));
}

/// body(memory, part, first, count) for all blocks of the tiles: every `parts`-th belongs to one part, and
/// the parts run side by side.
template <class Scratch, class Body>
void for_blocks(std::int64_t tiles, std::int64_t block, std::int64_t parts, const Scratch& scratch,
                const Body& body) {
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    const torch::NoGradGuard no_grad;
    auto memory = scratch();
    for (std::int64_t part = begin; part < end; ++part) {
      for (std::int64_t first = part * block; first < tiles; first += parts * block)
        body(memory, part, first, std::min(block, tiles - first));
    }
  });
}

/// A feature map's tiles as the products take them.
class Input {
 public:
  explicit Input(const Tensor& x)
      : x_(channels_last(x)), tiles_(x), outside_(static_cast<std::size_t>(x.size(1))) {}

  void transform(std::int64_t first, std::int64_t count, const Matrices& values) const {
    const std::int64_t channels = x_.size(1);
    for (std::int64_t k = 0; k < count; ++k) {
      const auto from = tiles_.surroundings(first + k, x_.const_data_ptr<float>(), channels, outside_.data());
      kernels::winograd_input(from.data(), channels, values.of_tile(k).data());
    }
  }

 private:
  Tensor x_;
  Tiles tiles_;
  std::vector<float> outside_;
};

/// The Kronecker square of G, which takes a kernel's 9 weights to the points: [36, 9].
Tensor make_weight_transform(bool flipped) {
  const c10::InferenceMode usual(false);  // it is kept for trainings too
  const double a = kernels::kWinogradPoints[0], b = kernels::kWinogradPoints[1], aa = a * a, bb = b * b;
  const double at_0 = aa * bb, at_a = 2 * aa * (aa - bb), at_b = 2 * bb * (bb - aa);
  const Tensor lines = torch::tensor({{1 / at_0, 0.0, 0.0},
                                      {1 / at_a, a / at_a, aa / at_a},
                                      {1 / at_a, -a / at_a, aa / at_a},
                                      {1 / at_b, b / at_b, bb / at_b},
                                      {1 / at_b, -b / at_b, bb / at_b},
                                      {0.0, 0.0, 1.0}},
                                     torch::kDouble);
  const Tensor g = flipped ? lines.flip(1) : lines;
  return torch::kron(g, g).to(torch::kFloat);
}

const Tensor& weight_transform(bool flipped) {
  static const Tensor plain = make_weight_transform(false), turned = make_weight_transform(true);
  return flipped ? turned : plain;
}

/// [out, in, 3, 3] -> [36, out / 16, in, 16], the panels that the products take.
Tensor transformed(const Tensor& weight, bool flipped) {
  const Tensor panels = weight.detach().unflatten(0, {-1, kernels::kWinogradChannels});
  const Tensor values =
      torch::mm(weight_transform(flipped), panels.permute({3, 4, 0, 2, 1}).reshape({9, -1}));
  return values.view({kProducts, panels.size(0), panels.size(2), panels.size(1)});
}

/// The sum over all pixels of the gradient dy times the input x around it: [out, in, 3, 3].
Tensor weight_gradient(const Tensor& x, const Tensor& dy) {
  const std::int64_t in = x.size(1), out = dy.size(1);
  const Tiles tiles(x);
  const Input input(x);
  const std::int64_t parts = std::min<std::int64_t>(at::get_num_threads(), kMostSums);
  const Tensor sums = torch::zeros({parts, kProducts, out, in}, torch::kFloat);
  const auto scratch = [&] { return std::pair(Matrices(kGradientBlock, in), Matrices(kGradientBlock, out)); };
  for_blocks(tiles.count(), kGradientBlock, parts, scratch,
             [&](const auto& memory, auto part, auto first, auto count) {
               const auto& [values, products] = memory;
               input.transform(first, count, values);
               for (std::int64_t k = 0; k < count; ++k) {
                 const auto pixels = tiles.pixels(first + k, dy.const_data_ptr<float>(), out);
                 kernels::winograd_output_gradient(pixels.data(), out, products.of_tile(k).data());
               }
               sums[part].baddbmm_(products.first(count).transpose(1, 2), values.first(count));
             });
  const Tensor rows = torch::mm(weight_transform(false).t(), sums.sum(0).view({kProducts, -1}));
  return rows.view({3, 3, out, in}).permute({2, 3, 0, 1});
}

/// The 36 products of a block's first `count` tiles with a transformed weight.
void multiply(const Matrices& values, std::int64_t count, const Tensor& transformed,
              const Matrices& products) {
  const std::int64_t depth = values.all.size(2), width = products.all.size(2);
  for (std::int64_t k = 0; k < kProducts; ++k) {
    kernels::winograd_multiply({values.matrix(k), transformed.const_data_ptr<float>() + k * depth * width,
                                count, depth, width, products.matrix(k)});
  }
}

struct WinogradFunction : torch::autograd::Function<WinogradFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    context->save_for_backward({x, weight});
    return winograd_convolve(x, winograd_weight(weight), bias);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor dy = channels_last(gradients[0]);
    variable_list result(3);
    if (context->needs_input_grad(0)) {
      const Tensor no_bias = torch::zeros({x.size(1)}, torch::kFloat);
      result[0] = winograd_convolve(dy, transformed(weight.transpose(0, 1), true), no_bias);
    }
    if (context->needs_input_grad(1)) result[1] = weight_gradient(x, dy);
    if (context->needs_input_grad(2)) result[2] = dy.sum(torch::IntArrayRef({0, 2, 3}));
    return result;
  }
};

}  // namespace

bool takes_winograd(const Tensor& x, const Tensor& weight, std::int64_t stride, std::int64_t padding) {
  // Beyond these the direct way was as fast; the weight's gradient reads and writes 36 sums for each block.
  const bool gradient = torch::GradMode::is_enabled();
  const std::int64_t most_weights = gradient ? 384 * 384 : 512 * 512, least_tiles = gradient ? 16 : 4;
  const auto whole = [](std::int64_t size, std::int64_t of) { return size > 0 && size % of == 0; };
  return x.is_cpu() && x.scalar_type() == torch::kFloat && weight.scalar_type() == torch::kFloat &&
         weight.size(2) == 3 && stride == 1 && padding == 1 &&
         whole(weight.size(0), kernels::kWinogradChannels) &&
         whole(weight.size(1), kernels::kWinogradChannels) && whole(x.size(2), kOutput) &&
         whole(x.size(3), kOutput) && weight.size(0) * weight.size(1) <= most_weights &&
         Tiles(x).count() >= least_tiles * at::get_num_threads();
}

Tensor winograd_weight(const Tensor& weight) {
  return transformed(weight, false);
}

Tensor winograd_convolve(const Tensor& x, const Tensor& transformed, const Tensor& bias) {
  const std::int64_t in = transformed.size(2), out = bias.size(0);
  const Tiles tiles(x);
  const Input input(x);
  const Tensor y = feature_maps_like(x, out);
  const std::int64_t threads = at::get_num_threads(), block = even_block(tiles.count(), threads);
  const auto scratch = [&] { return std::pair(Matrices(block, in), Matrices(block, out)); };
  for_blocks(tiles.count(), block, threads, scratch, [&](const auto& memory, auto, auto first, auto count) {
    const auto& [values, products] = memory;
    input.transform(first, count, values);
    multiply(values, count, transformed, products);
    for (std::int64_t k = 0; k < count; ++k) {
      const auto pixels = tiles.pixels(first + k, y.template data_ptr<float>(), out);
      const auto from = products.of_tile(k);
      kernels::winograd_output(from.data(), bias.const_data_ptr<float>(), out, pixels.data());
    }
  });
  return y;
}

Tensor winograd_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return WinogradFunction::apply(x, weight, bias);
}

}  // namespace glyffuser::nn

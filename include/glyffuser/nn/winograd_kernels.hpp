#pragma once
// What F(4 x 4, 3 x 3) does with one tile of pixels before and after its products (nn/winograd.hpp): B^T d B,
// A^T m A and A d A^T; and the products. Every value is a row of `channels` floats, a multiple of
// kWinogradChannels.
// Nothing here allocates, throws or starts threads.

#include <cstdint>

namespace glyffuser::nn::kernels {

/// What the loops take at once.
constexpr std::int64_t kWinogradChannels = 16;
/// The points are 0, plus and minus these, and infinity. With the usual 1 and 2 rounding costs three times as
/// much.
constexpr float kWinogradPoints[] = {0.75F, 1.5F};

/// 6 x 6 pixels -> 36 values, each row after row.
void winograd_input(const float* const* pixels, std::int64_t channels, float* const* values);

/// products [rows, width] = values [rows, depth] · weights, which lie in panels of kWinogradChannels columns:
/// [width / kWinogradChannels, depth, kWinogradChannels]. `width` is a multiple of kWinogradChannels.
struct Product {
  const float *values, *weights;
  std::int64_t rows, depth, width;
  float* products;
};

/// With the few rows that stay in a core's cache 1.4 to 1.7 times as fast as MKL's product (AMD EPYC, AVX2).
void winograd_multiply(const Product& product);

/// 36 products -> 4 x 4 pixels, plus `bias` [channels].
void winograd_output(const float* const* products, const float* bias, std::int64_t channels,
                     float* const* pixels);

/// The gradients of 4 x 4 pixels -> those of the 36 products.
void winograd_output_gradient(const float* const* pixels, std::int64_t channels, float* const* products);

}  // namespace glyffuser::nn::kernels

#pragma once
// Arithmetic of the CPU paths on plain arrays: the loops that LibTorch has no fused form of
// (tensor/vector_loops.hpp). Values are float or bfloat16, sums and coefficients float. Feature maps are rows
// of `channels` values, one row a pixel (channels_last). Nothing here allocates, throws or starts threads.

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace glyffuser::nn::kernels {

using c10::BFloat16;

/// y = activation(scale · x + offset) channel by channel; `silu`: u · sigmoid(u), else u itself.
struct Affine {
  const float* scale;   ///< [channels]
  const float* offset;  ///< [channels]
  bool silu;
};

/// sums[c] += Σ (x − x₀), squares[c] += Σ (x − x₀)² over the rows, where x₀ = origin[c] keeps the squares
/// from losing a small variance beside a large mean.
void channel_moments(const float* x, const float* origin, std::int64_t rows, std::int64_t channels,
                     float* sums, float* squares);
void channel_moments(const BFloat16* x, const BFloat16* origin, std::int64_t rows, std::int64_t channels,
                     float* sums, float* squares);

/// y = `affine` of x, row by row.
void apply(const float* x, const Affine& affine, std::int64_t rows, std::int64_t channels, float* y);
void apply(const BFloat16* x, const Affine& affine, std::int64_t rows, std::int64_t channels, BFloat16* y);

/// For the gradient dy of `apply`, with du = dy · activation'(scale · x + offset) and the normalised value
/// n = normal_scale · x + normal_offset: du_sums[c] += Σ du, dun_sums[c] += Σ du · n, n_sums[c] += Σ n.
struct GradientSums {
  const float* normal_scale;
  const float* normal_offset;
  float* du;
  float* dun;
  float* n;
};
void gradient_sums(const float* x, const float* dy, const Affine& affine, std::int64_t rows,
                   std::int64_t channels, const GradientSums& sums);
void gradient_sums(const BFloat16* x, const BFloat16* dy, const Affine& affine, std::int64_t rows,
                   std::int64_t channels, const GradientSums& sums);

/// dx = scale · du + slope · x + level.
void gradient(const float* x, const float* dy, const Affine& affine, const float* slope, const float* level,
              std::int64_t rows, std::int64_t channels, float* dx);
void gradient(const BFloat16* x, const BFloat16* dy, const Affine& affine, const float* slope,
              const float* level, std::int64_t rows, std::int64_t channels, BFloat16* dx);

/// GEGLU: rows of 2·width values (value, gate) -> y[k] = value[k] · gelu(gate[k]), gelu exact (with erf).
void geglu(const float* x, std::int64_t rows, std::int64_t width, float* y);
void geglu(const BFloat16* x, std::int64_t rows, std::int64_t width, BFloat16* y);

/// dx [rows, 2·width] for the gradient dy [rows, width].
void geglu_gradient(const float* x, const float* dy, std::int64_t rows, std::int64_t width, float* dx);
void geglu_gradient(const BFloat16* x, const BFloat16* dy, std::int64_t rows, std::int64_t width,
                    BFloat16* dx);

/// Every row of x [rows, width] becomes softmax(scale · row + bias), in place; bias float [width] or null;
/// `scratch`: width floats.
void softmax(BFloat16* x, std::int64_t rows, std::int64_t width, float scale, const float* bias,
             float* scratch);

/// From the gradient dp of softmax's result p to that of its argument x, in place: p · (dp − Σ p dp) · scale.
void softmax_gradient(BFloat16* dp, const BFloat16* p, std::int64_t rows, std::int64_t width, float scale);

}  // namespace glyffuser::nn::kernels

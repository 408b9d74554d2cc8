#include "glyffuser/nn/kernels.hpp"

#include <cmath>

#include "glyffuser/tensor/vector_loops.hpp"

namespace glyffuser::nn::kernels {
namespace {

// exp by reduction to |r| <= ln 2 / 2 and a polynomial (Cephes' expf): relative error 2e-7. Below -87 it is
// 0, so that masked tokens weigh exactly nothing; above 87 it stays exp(87).
GLYFFUSER_INLINE float exponential(float argument) {
  float x = argument < -87.0F ? -87.0F : argument;
  x = x > 87.0F ? 87.0F : x;
  const float n = std::floor(x * 1.44269504F + 0.5F);
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const float result = p * std::bit_cast<float>((static_cast<std::int32_t>(n) + 127) << 23);
  return argument < -87.0F ? 0.0F : result;
}

GLYFFUSER_INLINE float sigmoid(float x) {
  return 1.0F / (1.0F + exponential(-x));
}

// The normal distribution's Φ(x), from exp(-x²/2): Abramowitz & Stegun 7.1.26, absolute error 1e-7.
GLYFFUSER_INLINE float normal_cdf(float x, float bell) {
  const float z = std::fabs(x) * 0.70710678F;
  const float t = 1.0F / (1.0F + 0.3275911F * z);
  float p = 1.061405429F;
  p = p * t - 1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t - 0.284496736F;
  p = p * t + 0.254829592F;
  const float tail = 0.5F * p * t * bell;
  return x < 0 ? tail : 1.0F - tail;
}

template <class T>
GLYFFUSER_INLINE void channel_moments_of(const T* x, const T* origin, std::int64_t rows,
                                         std::int64_t channels, float* __restrict sums,
                                         float* __restrict squares) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float distance = load(x[c]) - load(origin[c]);
      sums[c] += distance;
      squares[c] += distance * distance;
    }
  }
}

template <bool silu, class T>
GLYFFUSER_INLINE void apply_of(const T* x, const float* scale, const float* offset, std::int64_t rows,
                               std::int64_t channels, T* __restrict y) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, y += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float u = load(x[c]) * scale[c] + offset[c];
      store(y[c], silu ? u * sigmoid(u) : u);
    }
  }
}

template <bool silu>
GLYFFUSER_INLINE float through_activation(float u, float dy) {
  if (!silu) return dy;
  const float s = sigmoid(u);
  return dy * s * (1.0F + u * (1.0F - s));
}

template <bool silu, class T>
GLYFFUSER_INLINE void gradient_sums_of(const T* x, const T* dy, const float* scale, const float* offset,
                                       std::int64_t rows, std::int64_t channels, const float* normal_scale,
                                       const float* normal_offset, float* __restrict du_sums,
                                       float* __restrict dun_sums, float* __restrict n_sums) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, dy += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = load(x[c]);
      const float du = through_activation<silu>(value * scale[c] + offset[c], load(dy[c]));
      const float n = value * normal_scale[c] + normal_offset[c];
      du_sums[c] += du;
      dun_sums[c] += du * n;
      n_sums[c] += n;
    }
  }
}

template <bool silu, class T>
GLYFFUSER_INLINE void gradient_of(const T* x, const T* dy, const float* scale, const float* offset,
                                  const float* slope, const float* level, std::int64_t rows,
                                  std::int64_t channels, T* __restrict dx) {
  for (std::int64_t row = 0; row < rows; ++row, x += channels, dy += channels, dx += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float value = load(x[c]);
      const float du = through_activation<silu>(value * scale[c] + offset[c], load(dy[c]));
      store(dx[c], scale[c] * du + slope[c] * value + level[c]);
    }
  }
}

template <class T>
GLYFFUSER_INLINE void geglu_of(const T* x, std::int64_t rows, std::int64_t width, T* __restrict y) {
  for (std::int64_t row = 0; row < rows; ++row, x += 2 * width, y += width) {
    for (std::int64_t k = 0; k < width; ++k) {
      const float gate = load(x[width + k]);
      store(y[k], load(x[k]) * gate * normal_cdf(gate, exponential(-0.5F * gate * gate)));
    }
  }
}

template <class T>
GLYFFUSER_INLINE void geglu_gradient_of(const T* x, const T* dy, std::int64_t rows, std::int64_t width,
                                        T* __restrict dx) {
  for (std::int64_t row = 0; row < rows; ++row, x += 2 * width, dy += width, dx += 2 * width) {
    for (std::int64_t k = 0; k < width; ++k) {
      const float gate = load(x[width + k]), d = load(dy[k]);
      const float bell = exponential(-0.5F * gate * gate);
      const float cdf = normal_cdf(gate, bell);
      store(dx[k], d * gate * cdf);
      store(dx[width + k], d * load(x[k]) * (cdf + gate * bell * 0.39894228F));
    }
  }
}

template <bool biased>
GLYFFUSER_INLINE void softmax_of(BFloat16* x, std::int64_t rows, std::int64_t width, float scale,
                                 const float* bias, float* __restrict scratch) {
  for (std::int64_t row = 0; row < rows; ++row, x += width) {
    for (std::int64_t k = 0; k < width; ++k) scratch[k] = load(x[k]) * scale + (biased ? bias[k] : 0.0F);
    const float most = reduce(
        width, scratch[0], [&](std::int64_t k) { return scratch[k]; }, larger);
    for (std::int64_t k = 0; k < width; ++k) scratch[k] = exponential(scratch[k] - most);
    const float sum = reduce(
        width, 0.0F, [&](std::int64_t k) { return scratch[k]; }, plus);
    const float inverse = 1.0F / sum;
    for (std::int64_t k = 0; k < width; ++k) store(x[k], scratch[k] * inverse);
  }
}

}  // namespace

GLYFFUSER_CLONES void softmax(BFloat16* x, std::int64_t rows, std::int64_t width, float scale,
                              const float* bias, float* scratch) {
  if (bias)
    softmax_of<true>(x, rows, width, scale, bias, scratch);
  else
    softmax_of<false>(x, rows, width, scale, bias, scratch);
}

GLYFFUSER_CLONES void softmax_gradient(BFloat16* dp, const BFloat16* p, std::int64_t rows, std::int64_t width,
                                       float scale) {
  for (std::int64_t row = 0; row < rows; ++row, dp += width, p += width) {
    const float sum = reduce(
        width, 0.0F, [&](std::int64_t k) { return load(p[k]) * load(dp[k]); }, plus);
    for (std::int64_t k = 0; k < width; ++k) store(dp[k], load(p[k]) * (load(dp[k]) - sum) * scale);
  }
}

// target_clones does not take templates: one plain function for each T.
#define GLYFFUSER_KERNELS(T)                                                                                 \
  GLYFFUSER_CLONES void channel_moments(const T* x, const T* origin, std::int64_t rows,                      \
                                        std::int64_t channels, float* sums, float* squares) {                \
    channel_moments_of(x, origin, rows, channels, sums, squares);                                            \
  }                                                                                                          \
  GLYFFUSER_CLONES void apply(const T* x, const Affine& a, std::int64_t rows, std::int64_t channels, T* y) { \
    if (a.silu)                                                                                              \
      apply_of<true>(x, a.scale, a.offset, rows, channels, y);                                               \
    else                                                                                                     \
      apply_of<false>(x, a.scale, a.offset, rows, channels, y);                                              \
  }                                                                                                          \
  GLYFFUSER_CLONES void gradient_sums(const T* x, const T* dy, const Affine& a, std::int64_t rows,           \
                                      std::int64_t channels, const GradientSums& s) {                        \
    if (a.silu)                                                                                              \
      gradient_sums_of<true>(x, dy, a.scale, a.offset, rows, channels, s.normal_scale, s.normal_offset,      \
                             s.du, s.dun, s.n);                                                              \
    else                                                                                                     \
      gradient_sums_of<false>(x, dy, a.scale, a.offset, rows, channels, s.normal_scale, s.normal_offset,     \
                              s.du, s.dun, s.n);                                                             \
  }                                                                                                          \
  GLYFFUSER_CLONES void gradient(const T* x, const T* dy, const Affine& a, const float* slope,               \
                                 const float* level, std::int64_t rows, std::int64_t channels, T* dx) {      \
    if (a.silu)                                                                                              \
      gradient_of<true>(x, dy, a.scale, a.offset, slope, level, rows, channels, dx);                         \
    else                                                                                                     \
      gradient_of<false>(x, dy, a.scale, a.offset, slope, level, rows, channels, dx);                        \
  }                                                                                                          \
  GLYFFUSER_CLONES void geglu(const T* x, std::int64_t rows, std::int64_t width, T* y) {                     \
    geglu_of(x, rows, width, y);                                                                             \
  }                                                                                                          \
  GLYFFUSER_CLONES void geglu_gradient(const T* x, const T* dy, std::int64_t rows, std::int64_t width,       \
                                       T* dx) {                                                              \
    geglu_gradient_of(x, dy, rows, width, dx);                                                               \
  }

GLYFFUSER_KERNELS(float)
GLYFFUSER_KERNELS(BFloat16)

}  // namespace glyffuser::nn::kernels

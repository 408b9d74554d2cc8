#include "glyffuser/train/adamw_kernel.hpp"

#include <algorithm>
#include <cmath>

#include "glyffuser/tensor/vector_loops.hpp"

namespace glyffuser {
namespace {

template <bool with_average, bool with_copy, class T>
GLYFFUSER_INLINE void adamw_step_of(const AdamWCoefficients& c, std::int64_t count,
                                    const T* __restrict gradient, float* __restrict parameter,
                                    float* __restrict exp_avg, float* __restrict exp_avg_sq,
                                    float* __restrict average, c10::BFloat16* __restrict working) {
  const AdamWCoefficients k = c;  // a local copy, which no store below can change
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = load(gradient[i]) * k.gradient_scale;
    const float m = exp_avg[i] + (g - exp_avg[i]) * k.rest1;
    const float v = exp_avg_sq[i] * k.beta2 + g * g * k.rest2;
    const float p =
        parameter[i] * k.decay - k.step_size * m / (std::sqrt(v) * k.inverse_correction + k.epsilon);
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    parameter[i] = p;
    if (with_average) average[i] += (p - average[i]) * k.average_weight;
    if (with_copy) store(working[i], p);
  }
}

constexpr std::int64_t kBlock = 4096;  // values whose squares are added in float; the blocks are in double

template <class T>
GLYFFUSER_INLINE double sum_of_squares_of(const T* gradient, std::int64_t count) {
  double sum = 0;
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const T* block = gradient + first;
    sum += reduce(
        std::min(kBlock, count - first), 0.0F,
        [&](std::int64_t i) { return load(block[i]) * load(block[i]); }, plus);
  }
  return sum;
}

template <bool with_average, class T>
GLYFFUSER_INLINE void adamw_step_of(const AdamWCoefficients& c, const AdamWSlice& s, const T* gradient) {
  if (s.working)
    adamw_step_of<with_average, true>(c, s.count, gradient, s.parameter, s.exp_avg, s.exp_avg_sq, s.average,
                                      s.working);
  else
    adamw_step_of<with_average, false>(c, s.count, gradient, s.parameter, s.exp_avg, s.exp_avg_sq, s.average,
                                       s.working);
}

}  // namespace

#define GLYFFUSER_ADAMW(T)                                                                               \
  GLYFFUSER_CLONES void adamw_step(const AdamWCoefficients& c, const AdamWSlice& s, const T* gradient) { \
    if (s.average)                                                                                       \
      adamw_step_of<true>(c, s, gradient);                                                               \
    else                                                                                                 \
      adamw_step_of<false>(c, s, gradient);                                                              \
  }                                                                                                      \
  GLYFFUSER_CLONES double sum_of_squares(const T* gradient, std::int64_t count) {                        \
    return sum_of_squares_of(gradient, count);                                                           \
  }

GLYFFUSER_ADAMW(float)
GLYFFUSER_ADAMW(c10::BFloat16)

}  // namespace glyffuser

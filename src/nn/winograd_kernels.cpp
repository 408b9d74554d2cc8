#include "glyffuser/nn/winograd_kernels.hpp"

#include "glyffuser/tensor/vector_loops.hpp"

namespace glyffuser::nn::kernels {
namespace {

constexpr float a = kWinogradPoints[0], b = kWinogradPoints[1], aa = a * a, bb = b * b;

/// B^T x: what multiplies x's polynomial at each point by those of the others.
struct InputLine {
  GLYFFUSER_INLINE void operator()(const float (&x)[6], float (&y)[6]) const {
    const float even_a = x[4] - bb * x[2], odd_a = a * (x[3] - bb * x[1]);
    const float even_b = x[4] - aa * x[2], odd_b = b * (x[3] - aa * x[1]);
    y[0] = aa * bb * x[0] - (aa + bb) * x[2] + x[4];
    y[1] = even_a + odd_a;
    y[2] = even_a - odd_a;
    y[3] = even_b + odd_b;
    y[4] = even_b - odd_b;
    y[5] = aa * bb * x[1] - (aa + bb) * x[3] + x[5];
  }
};

/// A^T x.
struct OutputLine {
  GLYFFUSER_INLINE void operator()(const float (&x)[6], float (&y)[4]) const {
    const float sum_a = x[1] + x[2], difference_a = a * (x[1] - x[2]);
    const float sum_b = x[3] + x[4], difference_b = b * (x[3] - x[4]);
    y[0] = x[0] + sum_a + sum_b;
    y[1] = difference_a + difference_b;
    y[2] = aa * sum_a + bb * sum_b;
    y[3] = aa * difference_a + bb * difference_b + x[5];
  }
};

/// A x.
struct OutputGradientLine {
  GLYFFUSER_INLINE void operator()(const float (&x)[4], float (&y)[6]) const {
    const float even_a = x[0] + aa * x[2], odd_a = a * (x[1] + aa * x[3]);
    const float even_b = x[0] + bb * x[2], odd_b = b * (x[1] + bb * x[3]);
    y[0] = x[0];
    y[1] = even_a + odd_a;
    y[2] = even_a - odd_a;
    y[3] = even_b + odd_b;
    y[4] = even_b - odd_b;
    y[5] = x[3];
  }
};

/// One line through rows of channels: x[k][c] -> y[k][c], plus added[c].
template <int from, int to, bool biased, class Line>
GLYFFUSER_INLINE void along(const float* const (&x)[from], float* const (&y)[to], const float* added,
                            const Line& line) {
#pragma GCC ivdep
  for (std::int64_t c = 0; c < kWinogradChannels; ++c) {
    float in[from], out[to];
    for (int k = 0; k < from; ++k) in[k] = x[k][c];
    line(in, out);
    for (int k = 0; k < to; ++k) y[k][c] = biased ? out[k] + added[c] : out[k];
  }
}

/// The same line along every row of from x from values, then along every column.
template <int from, int to, bool biased, class Line>
GLYFFUSER_INLINE void both_ways(const float* const* x, const float* bias, std::int64_t channels,
                                float* const* y, const Line& line) {
  float half[from][to][kWinogradChannels];
  for (std::int64_t c = 0; c < channels; c += kWinogradChannels) {
    for (int row = 0; row < from; ++row) {
      const float* in[from];
      float* out[to];
      for (int k = 0; k < from; ++k) in[k] = x[row * from + k] + c;
      for (int k = 0; k < to; ++k) out[k] = half[row][k];
      along<from, to, false>(in, out, nullptr, line);
    }
    for (int column = 0; column < to; ++column) {
      const float* in[from];
      float* out[to];
      for (int k = 0; k < from; ++k) in[k] = half[k][column];
      for (int k = 0; k < to; ++k) out[k] = y[k * to + column] + c;
      along<from, to, biased>(in, out, biased ? bias + c : nullptr, line);
    }
  }
}

}  // namespace

GLYFFUSER_CLONES void winograd_input(const float* const* pixels, std::int64_t channels,
                                     float* const* values) {
  both_ways<6, 6, false>(pixels, nullptr, channels, values, InputLine());
}

GLYFFUSER_CLONES void winograd_output(const float* const* products, const float* bias, std::int64_t channels,
                                      float* const* pixels) {
  both_ways<6, 4, true>(products, bias, channels, pixels, OutputLine());
}

GLYFFUSER_CLONES void winograd_output_gradient(const float* const* pixels, std::int64_t channels,
                                               float* const* products) {
  both_ways<4, 6, false>(pixels, nullptr, channels, products, OutputGradientLine());
}

}  // namespace glyffuser::nn::kernels

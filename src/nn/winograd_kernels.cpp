#include "glyffuser/nn/winograd_kernels.hpp"

#include "glyffuser/tensor/vector_loops.hpp"

namespace glyffuser::nn::kernels {
namespace {

// A longer sum is made of parts: rounding errors grow with a chain of additions.
constexpr std::int64_t kLongestChain = 96;

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

/// What a vector instruction takes, at any address.
template <int floats>
struct Vector {
  typedef float Type __attribute__((vector_size(floats * sizeof(float)), aligned(alignof(float)), may_alias));
};

/// Columns `from` to `to` of `rows` rows times those rows of a panel of weights [depth, kWinogradChannels],
/// added to the products unless they are the first: the sums stay in registers.
template <int lanes, int rows>
GLYFFUSER_INLINE void multiply_rows(const Product& p, const float* values, const float* panel,
                                    std::int64_t from, std::int64_t to, float* products) {
  using Lanes = typename Vector<lanes>::Type;
  constexpr int parts = static_cast<int>(kWinogradChannels) / lanes;
  Lanes sums[rows][parts] = {};
  for (std::int64_t k = from; k < to; ++k) {
    const auto* weights = reinterpret_cast<const Lanes*>(panel + k * kWinogradChannels);
    for (int row = 0; row < rows; ++row) {
      for (int part = 0; part < parts; ++part) sums[row][part] += values[row * p.depth + k] * weights[part];
    }
  }
  for (int row = 0; row < rows; ++row) {
    auto* result = reinterpret_cast<Lanes*>(products + row * p.width);
    for (int part = 0; part < parts; ++part)
      result[part] = from == 0 ? sums[row][part] : result[part] + sums[row][part];
  }
}

/// All rows from `first` on, as many at once as may be; then what is left.
template <int lanes, int rows>
GLYFFUSER_INLINE void multiply_panel(const Product& p, const float* panel, std::int64_t from, std::int64_t to,
                                     std::int64_t first, float* products) {
  for (; first + rows <= p.rows; first += rows) {
    multiply_rows<lanes, rows>(p, p.values + first * p.depth, panel, from, to, products + first * p.width);
  }
  constexpr int fewer = rows > 2 ? rows - 2 : rows - 1;
  if constexpr (fewer > 0) multiply_panel<lanes, fewer>(p, panel, from, to, first, products);
}

template <int lanes, int rows>
GLYFFUSER_INLINE void multiply(const Product& p) {
  const std::int64_t chains = (p.depth + kLongestChain - 1) / kLongestChain;
  for (std::int64_t column = 0; column < p.width; column += kWinogradChannels) {
    for (std::int64_t chain = 0; chain < chains; ++chain) {
      multiply_panel<lanes, rows>(p, p.weights + column * p.depth, p.depth * chain / chains,
                                  p.depth * (chain + 1) / chains, 0, p.products + column);
    }
  }
}

// Three quarters of the vector registers are sums: 12 of 16, of 32 as many as hide an instruction's latency.
#ifdef GLYFFUSER_TARGET
GLYFFUSER_TARGET("arch=x86-64-v4") void multiply_here(const Product& p) {
  multiply<16, 12>(p);
}
GLYFFUSER_TARGET("arch=x86-64-v3") void multiply_here(const Product& p) {
  multiply<8, 6>(p);
}
GLYFFUSER_TARGET("default")
#endif
void multiply_here(const Product& p) {
  multiply<4, 3>(p);
}

}  // namespace

void winograd_multiply(const Product& product) {
  multiply_here(product);
}

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

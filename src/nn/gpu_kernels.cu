// The passes of nn/functional.hpp on a GPU: the arithmetic of kernels.cpp, one thread for 16 bytes of a row.
// NVRTC compiles this while the program runs (tensor/device_program.hpp), so it includes nothing;
// functional_gpu_test.cpp runs it on the CPU, thread by thread.
//
// Feature maps are rows of `channels` values, one row a pixel (channels_last). A block has a part of one
// image, blockIdx.y, of `part` rows from blockIdx.x · part on. Its threads stand in `blockDim.x / columns`
// rows of `columns` threads, so that each keeps to its own channels and holds their coefficients in
// registers.

typedef unsigned short bfloat16;

__device__ inline float to_float(float x) {
  return x;
}
__device__ inline float to_float(bfloat16 x) {
  return __uint_as_float(static_cast<unsigned>(x) << 16);
}
__device__ inline void assign(float& to, float x) {
  to = x;
}
// To the nearest, of two the even one.
__device__ inline void assign(bfloat16& to, float x) {
  const unsigned bits = __float_as_uint(x);
  const bool is_nan = (bits & 0x7fffffffU) > 0x7f800000U;
  to = is_nan ? 0x7fc0 : static_cast<bfloat16>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

__device__ inline float sigmoid(float x) {
  return __fdividef(1.0F, 1.0F + __expf(-x));
}

__device__ inline float activated(float u, bool silu) {
  return silu ? u * sigmoid(u) : u;
}

__device__ inline float through_activation(float u, float dy, bool silu) {
  if (!silu) return dy;
  const float s = sigmoid(u);
  return dy * s * (1.0F + u * (1.0F - s));
}

template <class T>
struct alignas(16) Pack {
  static constexpr int size = 16 / sizeof(T);
  T values[size];
};

/// Where a thread is, and the rows that it goes through.
template <class T>
struct Place {
  int columns, column, step, end, row;
  long long image;  // its first pack

  __device__ Place(int pixels, int channels, int part)
      : columns(channels / Pack<T>::size),
        column(static_cast<int>(threadIdx.x) % columns),
        step(static_cast<int>(blockDim.x) / columns),
        row(static_cast<int>(blockIdx.x) * part + static_cast<int>(threadIdx.x) / columns),
        image(static_cast<long long>(blockIdx.y) * pixels * columns) {
    const int last = static_cast<int>(blockIdx.x + 1) * part;
    end = last < pixels ? last : pixels;
  }
  __device__ long long pack(int at_row) const {
    return image + static_cast<long long>(at_row) * columns + column;
  }
  __device__ int first_channel() const { return column * Pack<T>::size; }
  /// Of this image's row in a table [images, channels].
  __device__ long long in_table(int channels) const {
    return static_cast<long long>(blockIdx.y) * channels + first_channel();
  }
};

template <int size>
__device__ inline void read_coefficients(const float* from, float (&to)[size]) {
  for (int k = 0; k < size; ++k) to[k] = from[k];
}

/// The block's sums over its rows -> partial[image][part][kind][channels].
template <class T, int kinds>
__device__ void write_sums(const float (&sums)[kinds][Pack<T>::size], int channels, float* scratch,
                           float* partial) {
  constexpr int size = Pack<T>::size;
  const int columns = channels / size, threads = static_cast<int>(blockDim.x),
            thread = static_cast<int>(threadIdx.x);
  float* own = scratch + (thread / columns) * kinds * channels + (thread % columns) * size;
  for (int kind = 0; kind < kinds; ++kind) {
    for (int k = 0; k < size; ++k) own[kind * channels + k] = sums[kind][k];
  }
  __syncthreads();
  float* to = partial + (static_cast<long long>(blockIdx.y) * gridDim.x + blockIdx.x) * kinds * channels;
  for (int i = thread; i < kinds * channels; i += threads) {
    float total = 0;
    for (int row = 0; row < threads / columns; ++row) total += scratch[row * kinds * channels + i];
    to[i] = total;
  }
}

/// Sum i of an image's partial sums [parts][size].
__device__ inline float sum_of_parts(const float* partial, int parts, int size, int i) {
  const float* at = partial + static_cast<long long>(blockIdx.x) * parts * size + i;
  float total = 0;
  for (int part = 0; part < parts; ++part) total += at[static_cast<long long>(part) * size];
  return total;
}

/// partial[..][0] = Σ (x − x₀), [1] = Σ (x − x₀)², x₀ the image's first row.
template <class T>
__device__ void moments(const Pack<T>* x, int pixels, int channels, int part, float* scratch,
                        float* partial) {
  constexpr int size = Pack<T>::size;
  const Place<T> place(pixels, channels, part);
  const Pack<T> origin = x[place.pack(0)];
  float sums[2][size] = {};
  for (int row = place.row; row < place.end; row += place.step) {
    const Pack<T> pack = x[place.pack(row)];
    for (int k = 0; k < size; ++k) {
      const float distance = to_float(pack.values[k]) - to_float(origin.values[k]);
      sums[0][k] += distance;
      sums[1][k] += distance * distance;
    }
  }
  write_sums<T, 2>(sums, channels, scratch, partial);
}

/// One block an image -> coefficients [4][images][channels]: normal_scale, normal_offset, scale, offset.
template <class T>
__device__ void coefficients(const T* x, const float* partial, const float* shift, const float* weight,
                             const float* bias, int parts, int pixels, int channels, int groups, float eps,
                             float* scratch, float* out) {
  const int width = channels / groups, threads = static_cast<int>(blockDim.x);
  const long long at = static_cast<long long>(blockIdx.x) * channels;
  const long long table = static_cast<long long>(gridDim.x) * channels;
  float *means = scratch, *spreads = scratch + channels;
  const float count = static_cast<float>(pixels);
  for (int c = static_cast<int>(threadIdx.x); c < channels; c += threads) {
    const float sum = sum_of_parts(partial, parts, 2 * channels, c);
    const float square = sum_of_parts(partial, parts, 2 * channels, channels + c);
    means[c] = to_float(x[at * pixels + c]) + (shift ? shift[at + c] : 0.0F) + sum / count;
    spreads[c] = square - sum * (sum / count);
  }
  __syncthreads();
  for (int c = static_cast<int>(threadIdx.x); c < channels; c += threads) {
    const int first = c / width * width;
    float mean = 0, spread = 0;
    for (int k = first; k < first + width; ++k) mean += means[k];
    mean /= static_cast<float>(width);
    for (int k = first; k < first + width; ++k) {
      const float distance = means[k] - mean;
      spread += spreads[k] + count * distance * distance;
    }
    // `spread - spread` is 0, but of a NaN a NaN.
    const float variance = (spread > 0 ? spread : spread - spread) / (count * static_cast<float>(width));
    const float deviation = 1.0F / sqrtf(variance + eps);
    const float normal_offset = ((shift ? shift[at + c] : 0.0F) - mean) * deviation;
    out[at + c] = deviation;
    out[table + at + c] = normal_offset;
    out[2 * table + at + c] = weight[c] * deviation;
    out[3 * table + at + c] = weight[c] * normal_offset + bias[c];
  }
}

/// y = activation(scale · x + offset).
template <class T>
__device__ void apply(const Pack<T>* x, const float* scale, const float* offset, int pixels, int channels,
                      int part, bool silu, Pack<T>* y) {
  constexpr int size = Pack<T>::size;
  const Place<T> place(pixels, channels, part);
  float a[size], b[size];
  read_coefficients(scale + place.in_table(channels), a);
  read_coefficients(offset + place.in_table(channels), b);
  for (int row = place.row; row < place.end; row += place.step) {
    const Pack<T> in = x[place.pack(row)];
    Pack<T> out;
    for (int k = 0; k < size; ++k)
      assign(out.values[k], activated(to_float(in.values[k]) * a[k] + b[k], silu));
    y[place.pack(row)] = out;
  }
}

/// partial[..][0] = Σ du, [1] = Σ du · n, [2] = Σ n, with du = dy · activation'(u) and the normalised n.
template <class T>
__device__ void gradient_sums(const Pack<T>* x, const Pack<T>* dy, const float* table, int pixels,
                              int channels, int part, bool silu, float* scratch, float* partial) {
  constexpr int size = Pack<T>::size;
  const Place<T> place(pixels, channels, part);
  const long long step = static_cast<long long>(gridDim.y) * channels, at = place.in_table(channels);
  float normal_scale[size], normal_offset[size], scale[size], offset[size];
  read_coefficients(table + at, normal_scale);
  read_coefficients(table + step + at, normal_offset);
  read_coefficients(table + 2 * step + at, scale);
  read_coefficients(table + 3 * step + at, offset);
  float sums[3][size] = {};
  for (int row = place.row; row < place.end; row += place.step) {
    const Pack<T> in = x[place.pack(row)], above = dy[place.pack(row)];
    for (int k = 0; k < size; ++k) {
      const float value = to_float(in.values[k]);
      const float du = through_activation(value * scale[k] + offset[k], to_float(above.values[k]), silu);
      const float n = value * normal_scale[k] + normal_offset[k];
      sums[0][k] += du;
      sums[1][k] += du * n;
      sums[2][k] += n;
    }
  }
  write_sums<T, 3>(sums, channels, scratch, partial);
}

/// One block an image -> out [5][images][channels]: slope and level of dx, the gradients of shift, weight and
/// bias.
__device__ inline void gradient_coefficients(const float* partial, const float* table, const float* weight,
                                             int parts, int pixels, int channels, int groups, float* scratch,
                                             float* out) {
  const int width = channels / groups, threads = static_cast<int>(blockDim.x);
  const long long at = static_cast<long long>(blockIdx.x) * channels;
  const long long step = static_cast<long long>(gridDim.x) * channels;
  float *dus = scratch, *duns = scratch + channels, *ns = scratch + 2 * channels;
  for (int i = static_cast<int>(threadIdx.x); i < 3 * channels; i += threads) {
    scratch[i] = sum_of_parts(partial, parts, 3 * channels, i);
  }
  __syncthreads();
  const float count = static_cast<float>(pixels), values = count * static_cast<float>(width);
  for (int c = static_cast<int>(threadIdx.x); c < channels; c += threads) {
    const int first = c / width * width;
    float du = 0, dun = 0;
    for (int k = first; k < first + width; ++k) {
      du += weight[k] * dus[k];
      dun += weight[k] * duns[k];
    }
    const float deviation = table[at + c], normal_offset = table[step + at + c];
    out[at + c] = -deviation * deviation * dun / values;
    out[step + at + c] = -deviation * (du + normal_offset * dun) / values;
    out[2 * step + at + c] = deviation * (weight[c] * dus[c] - (du * count + dun * ns[c]) / values);
    out[3 * step + at + c] = duns[c];
    out[4 * step + at + c] = dus[c];
  }
}

/// dx = scale · du + slope · x + level.
template <class T>
__device__ void gradient(const Pack<T>* x, const Pack<T>* dy, const float* table, const float* slopes,
                         int pixels, int channels, int part, bool silu, Pack<T>* dx) {
  constexpr int size = Pack<T>::size;
  const Place<T> place(pixels, channels, part);
  const long long step = static_cast<long long>(gridDim.y) * channels, at = place.in_table(channels);
  float scale[size], offset[size], slope[size], level[size];
  read_coefficients(table + 2 * step + at, scale);
  read_coefficients(table + 3 * step + at, offset);
  read_coefficients(slopes + at, slope);
  read_coefficients(slopes + step + at, level);
  for (int row = place.row; row < place.end; row += place.step) {
    const Pack<T> in = x[place.pack(row)], above = dy[place.pack(row)];
    Pack<T> out;
    for (int k = 0; k < size; ++k) {
      const float value = to_float(in.values[k]);
      const float du = through_activation(value * scale[k] + offset[k], to_float(above.values[k]), silu);
      assign(out.values[k], scale[k] * du + slope[k] * value + level[k]);
    }
    dx[place.pack(row)] = out;
  }
}

/// y = a + b + bias, channel by channel.
template <class T>
__device__ void add_channels(const Pack<T>* a, const Pack<T>* b, const T* bias, int pixels, int channels,
                             int part, Pack<T>* y) {
  constexpr int size = Pack<T>::size;
  const Place<T> place(pixels, channels, part);
  for (int row = place.row; row < place.end; row += place.step) {
    const Pack<T> one = a[place.pack(row)], other = b[place.pack(row)];
    Pack<T> out;
    for (int k = 0; k < size; ++k) {
      const float added = to_float(bias[place.first_channel() + k]);
      assign(out.values[k], to_float(one.values[k]) + to_float(other.values[k]) + added);
    }
    y[place.pack(row)] = out;
  }
}

/// partial[image][part][channels] = Σ x.
template <class T>
__device__ void channel_sums(const Pack<T>* x, int pixels, int channels, int part, float* scratch,
                             float* partial) {
  constexpr int size = Pack<T>::size;
  const Place<T> place(pixels, channels, part);
  float sums[1][size] = {};
  for (int row = place.row; row < place.end; row += place.step) {
    const Pack<T> pack = x[place.pack(row)];
    for (int k = 0; k < size; ++k) sums[0][k] += to_float(pack.values[k]);
  }
  write_sums<T, 1>(sums, channels, scratch, partial);
}

/// A pack of the result for each thread: y = value · gate · Φ(gate).
template <class T>
__device__ void geglu(const Pack<T>* x, int packs, int columns, Pack<T>* y) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= packs) return;
  const long long row = i / columns, value_at = row * 2 * columns + i % columns;
  const Pack<T> values = x[value_at], gates = x[value_at + columns];
  Pack<T> out;
  for (int k = 0; k < Pack<T>::size; ++k) {
    const float gate = to_float(gates.values[k]);
    assign(out.values[k], to_float(values.values[k]) * gate * 0.5F * (1.0F + erff(gate * 0.70710678F)));
  }
  y[i] = out;
}

template <class T>
__device__ void geglu_gradient(const Pack<T>* x, const Pack<T>* dy, int packs, int columns, Pack<T>* dx) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= packs) return;
  const long long row = i / columns, value_at = row * 2 * columns + i % columns;
  const Pack<T> values = x[value_at], gates = x[value_at + columns], above = dy[i];
  Pack<T> of_value, of_gate;
  for (int k = 0; k < Pack<T>::size; ++k) {
    const float gate = to_float(gates.values[k]), d = to_float(above.values[k]);
    const float cdf = 0.5F * (1.0F + erff(gate * 0.70710678F));
    assign(of_value.values[k], d * gate * cdf);
    assign(of_gate.values[k],
           d * to_float(values.values[k]) * (cdf + gate * __expf(-0.5F * gate * gate) * 0.39894228F));
  }
  dx[value_at] = of_value;
  dx[value_at + columns] = of_gate;
}

#define GLYFFUSER_GPU_KERNELS(T, name)                                                                     \
  extern "C" __global__ void moments_##name(const Pack<T>* x, int pixels, int channels, int part,          \
                                            float* partial) {                                              \
    extern __shared__ float shared[];                                                                      \
    moments<T>(x, pixels, channels, part, shared, partial);                                                \
  }                                                                                                        \
  extern "C" __global__ void coefficients_##name(                                                          \
      const T* x, const float* partial, const float* shift, const float* weight, const float* bias,        \
      int parts, int pixels, int channels, int groups, float eps, float* out) {                            \
    extern __shared__ float shared[];                                                                      \
    coefficients<T>(x, partial, shift, weight, bias, parts, pixels, channels, groups, eps, shared, out);   \
  }                                                                                                        \
  extern "C" __global__ void apply_##name(const Pack<T>* x, const float* scale, const float* offset,       \
                                          int pixels, int channels, int part, int silu, Pack<T>* y) {      \
    apply<T>(x, scale, offset, pixels, channels, part, silu != 0, y);                                      \
  }                                                                                                        \
  extern "C" __global__ void gradient_sums_##name(const Pack<T>* x, const Pack<T>* dy, const float* table, \
                                                  int pixels, int channels, int part, int silu,            \
                                                  float* partial) {                                        \
    extern __shared__ float shared[];                                                                      \
    gradient_sums<T>(x, dy, table, pixels, channels, part, silu != 0, shared, partial);                    \
  }                                                                                                        \
  extern "C" __global__ void gradient_##name(const Pack<T>* x, const Pack<T>* dy, const float* table,      \
                                             const float* slopes, int pixels, int channels, int part,      \
                                             int silu, Pack<T>* dx) {                                      \
    gradient<T>(x, dy, table, slopes, pixels, channels, part, silu != 0, dx);                              \
  }                                                                                                        \
  extern "C" __global__ void add_channels_##name(const Pack<T>* a, const Pack<T>* b, const T* bias,        \
                                                 int pixels, int channels, int part, Pack<T>* y) {         \
    add_channels<T>(a, b, bias, pixels, channels, part, y);                                                \
  }                                                                                                        \
  extern "C" __global__ void channel_sums_##name(const Pack<T>* x, int pixels, int channels, int part,     \
                                                 float* partial) {                                         \
    extern __shared__ float shared[];                                                                      \
    channel_sums<T>(x, pixels, channels, part, shared, partial);                                           \
  }                                                                                                        \
  extern "C" __global__ void geglu_##name(const Pack<T>* x, int packs, int columns, Pack<T>* y) {          \
    geglu<T>(x, packs, columns, y);                                                                        \
  }                                                                                                        \
  extern "C" __global__ void geglu_gradient_##name(const Pack<T>* x, const Pack<T>* dy, int packs,         \
                                                   int columns, Pack<T>* dx) {                             \
    geglu_gradient<T>(x, dy, packs, columns, dx);                                                          \
  }

GLYFFUSER_GPU_KERNELS(float, float)
GLYFFUSER_GPU_KERNELS(bfloat16, bfloat16)

extern "C" __global__ void gradient_coefficients(const float* partial, const float* table,
                                                 const float* weight, int parts, int pixels, int channels,
                                                 int groups, float* out) {
  extern __shared__ float shared[];
  gradient_coefficients(partial, table, weight, parts, pixels, channels, groups, shared, out);
}

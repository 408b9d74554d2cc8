#pragma once
// For loops over plain arrays that the compiler turns into vector instructions: no calls, no branches. GCC
// makes a copy of each function marked GLYFFUSER_CLONES per instruction set, and the processor's best one is
// taken when the program starts. Such files are compiled without errno and floating-point traps
// (CMakeLists.txt); target_clones does not take templates, so these are inline and the marked functions
// plain. GLYFFUSER_TARGET marks one of several definitions of a function, where the instruction sets differ
// in more than what the compiler sees by itself; undefined where there is only one.

#include <c10/util/BFloat16.h>

#include <bit>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define GLYFFUSER_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define GLYFFUSER_TARGET(name) __attribute__((target(name)))
#else
#define GLYFFUSER_CLONES
#endif
#define GLYFFUSER_INLINE inline __attribute__((always_inline))

namespace glyffuser {

GLYFFUSER_INLINE float load(float value) {
  return value;
}

GLYFFUSER_INLINE float load(c10::BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.x) << 16);
}

GLYFFUSER_INLINE void store(float& place, float value) {
  place = value;
}

/// Rounds to nearest, ties to even; a NaN stays one.
GLYFFUSER_INLINE void store(c10::BFloat16& place, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  place.x = static_cast<std::uint16_t>(value != value ? 0x7fc0U : rounded);
}

/// A vector's worth of partial results: the compiler may not reorder a sum of floats by itself.
constexpr std::int64_t kLanes = 16;

/// join(…join(start, value(0))…, value(count − 1)) in kLanes independent chains.
template <class Value, class Join>
GLYFFUSER_INLINE float reduce(std::int64_t count, float start, const Value& value, const Join& join) {
  float lanes[kLanes];
  for (float& lane : lanes) lane = start;
  std::int64_t k = 0;
  for (; k + kLanes <= count; k += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = join(lanes[lane], value(k + lane));
  }
  float result = start;
  for (const float lane : lanes) result = join(result, lane);
  for (; k < count; ++k) result = join(result, value(k));
  return result;
}

GLYFFUSER_INLINE float plus(float a, float b) {
  return a + b;
}

GLYFFUSER_INLINE float larger(float a, float b) {
  return a < b ? b : a;
}

}  // namespace glyffuser

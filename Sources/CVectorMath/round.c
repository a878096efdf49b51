// Rounding to numbers of fewer bits, ties to even, which stay single-precision numbers.
#include "CVectorMath.h"
#include "dispatch.h"
#include <string.h>

HINGE_INLINE unsigned bits_of(float x) {
  unsigned bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

HINGE_INLINE float number_of(unsigned bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The nearest finite or infinite number of type float16.
HINGE_INLINE unsigned nearest_float16(unsigned magnitude) {
  unsigned normal = (magnitude + 0xfffu + ((magnitude >> 13) & 1u)) & ~0x1fffu;
  // From 65520 on, the nearest number is infinite.
  normal = normal >= 0x47800000u ? 0x7f800000u : normal;
  // Adding 1/2 leaves multiples of 2^-24, the smallest number there is.
  unsigned small = bits_of((number_of(magnitude) + 0.5f) - 0.5f);
  return magnitude < 0x38800000u ? small : normal;
}

// The nearest finite or infinite number of type bfloat16.
HINGE_INLINE unsigned nearest_bfloat16(unsigned magnitude) {
  return (magnitude + 0x7fffu + ((magnitude >> 16) & 1u)) & ~0xffffu;
}

// Defines `NAME_best`, which rounds numbers as `NEAREST` does their magnitudes.
#define ROUND(name, nearest)                                                               \
  HINGE_INLINE void name(float *x, size_t count) {                                         \
    _Pragma("clang loop vectorize(enable) interleave_count(2)")                            \
    for (size_t i = 0; i < count; i++) {                                                   \
      unsigned bits = bits_of(x[i]);                                                       \
      unsigned magnitude = bits & 0x7fffffffu;                                             \
      unsigned finite = nearest(magnitude);                                                \
      unsigned result = magnitude > 0x7f800000u ? magnitude | 0x400000u : finite;          \
      x[i] = number_of(result | (bits ^ magnitude));                                       \
    }                                                                                      \
  }                                                                                        \
  HINGE_DISPATCH(name, (float *x, size_t count), (x, count))

ROUND(round_float16, nearest_float16)
ROUND(round_bfloat16, nearest_bfloat16)

void hinge_round_float16(float *x, size_t count) { round_float16_best(x, count); }

void hinge_round_bfloat16(float *x, size_t count) { round_bfloat16_best(x, count); }

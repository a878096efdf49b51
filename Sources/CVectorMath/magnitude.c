// The largest magnitude. As integers, magnitudes have the same order as numbers, and a NaN comes after all.
#include "CVectorMath.h"
#include "dispatch.h"
#include <limits.h>
#include <string.h>

#define PRAGMA(text) _Pragma(#text)

// Defines `NAME_best`, which finds the largest of `count` magnitudes as integers of a type, `width` of them at once.
#define LARGEST(name, type, largest_magnitude, width)                                  \
  HINGE_INLINE void name(const void *numbers, size_t count, int *largest) {            \
    const char *place = numbers;                                                       \
    type found = 0;                                                                    \
    PRAGMA(clang loop vectorize_width(width) interleave_count(4))                      \
    for (size_t i = 0; i < count; i++) {                                               \
      type bits;                                                                       \
      memcpy(&bits, place + sizeof bits * i, sizeof bits);                             \
      bits &= largest_magnitude;                                                       \
      found = bits > found ? bits : found;                                             \
    }                                                                                  \
    *largest = found;                                                                  \
  }                                                                                    \
  HINGE_DISPATCH(                                                                      \
      name, (const void *numbers, size_t count, int *largest), (numbers, count, largest))

LARGEST(largest_bits, int, INT_MAX, 16)
LARGEST(largest_half_bits, unsigned short, SHRT_MAX, 32)

// The number that single precision has for bits, infinite in place of NaN.
HINGE_INLINE float magnitude_of(int bits) {
  float magnitude;
  memcpy(&magnitude, &bits, sizeof magnitude);
  return magnitude != magnitude ? __builtin_inff() : magnitude;
}

float hinge_largest_magnitude(const float *x, size_t count) {
  int bits;
  largest_bits_best(x, count, &bits);
  return magnitude_of(bits);
}

float hinge_largest_magnitude_bfloat16(const void *x, size_t count) {
  int half;
  largest_half_bits_best(x, count, &half);
  return magnitude_of(half << 16);
}

float hinge_largest_magnitude_float16(const void *x, size_t count) {
  int half;
  largest_half_bits_best(x, count, &half);
  if (half >= 0x7c00) return __builtin_inff();
  int exponent = half >> 10;
  float fraction = (float)(half & 0x3ff);
  return exponent == 0 ? __builtin_ldexpf(fraction, -24)
                       : __builtin_ldexpf(fraction + 1024, exponent - 25);
}

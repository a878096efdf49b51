// The largest magnitude. As integers, magnitudes have the same order as numbers, and a NaN comes after all.
#include "CVectorMath.h"
#include "dispatch.h"
#include <limits.h>
#include <string.h>

HINGE_INLINE void largest_bits(const void *numbers, size_t count, int *largest) {
  const char *place = numbers;
  int found = 0;
#pragma clang loop vectorize_width(16) interleave_count(4)
  for (size_t i = 0; i < count; i++) {
    int bits;
    memcpy(&bits, place + 4 * i, sizeof bits);
    bits &= INT_MAX;
    found = bits > found ? bits : found;
  }
  *largest = found;
}

HINGE_DISPATCH(
    largest_bits, (const void *numbers, size_t count, int *largest), (numbers, count, largest))

float hinge_largest_magnitude(const float *x, size_t count) {
  int bits;
  largest_bits_best(x, count, &bits);
  float magnitude;
  memcpy(&magnitude, &bits, sizeof magnitude);
  return magnitude != magnitude ? __builtin_inff() : magnitude;
}

// The same of numbers of 16 bits.
HINGE_INLINE void largest_half_bits(const void *numbers, size_t count, int *largest) {
  const char *place = numbers;
  unsigned short found = 0;
#pragma clang loop vectorize_width(32) interleave_count(4)
  for (size_t i = 0; i < count; i++) {
    unsigned short bits;
    memcpy(&bits, place + 2 * i, sizeof bits);
    bits &= SHRT_MAX;
    found = bits > found ? bits : found;
  }
  *largest = found;
}

HINGE_DISPATCH(
    largest_half_bits, (const void *numbers, size_t count, int *largest), (numbers, count, largest))

float hinge_largest_magnitude_bfloat16(const void *x, size_t count) {
  int half;
  largest_half_bits_best(x, count, &half);
  int bits = half << 16;
  float magnitude;
  memcpy(&magnitude, &bits, sizeof magnitude);
  return magnitude != magnitude ? __builtin_inff() : magnitude;
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

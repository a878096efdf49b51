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

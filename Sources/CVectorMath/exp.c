// The exponential function: e^x = 2^n · e^r, where n is the whole number nearest to x / ln 2, and e^r is a polynomial for
// |r| ≤ ln 2 / 2: its Taylor series up to r⁸, which is right to 2·10⁻¹⁰, a three-hundredth of a unit in the last place.
#include "CVectorMath.h"
#include "dispatch.h"
#include <string.h>

HINGE_INLINE double exponential(double number) {
  double x = number;
  // Beyond, results are 0 or not in double precision; a NaN stays.
  x = x < -708 ? -708 : x;
  x = x > 709 ? 709 : x;
  // Adding 1.5 · 2⁵² rounds to a whole number, which then stands in the lowest bits.
  const double magic = 0x1.8p52;
  double shifted = x * 0x1.71547652b82fep0 + magic;
  double n = shifted - magic;
  double r = x - n * 0x1.62e42fefa39efp-1;
  double p = 0x1.a01a01a01a01ap-16;
  p = p * r + 0x1.a01a01a01a01ap-13;
  p = p * r + 0x1.6c16c16c16c17p-10;
  p = p * r + 0x1.1111111111111p-7;
  p = p * r + 0x1.5555555555555p-5;
  p = p * r + 0x1.5555555555555p-3;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  unsigned long long bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return number < -708 ? 0 : p * power;
}

HINGE_INLINE void exponentials(const float *x, float *y, size_t count) {
  // No number depends on another, whether or not the results take the numbers' place.
#pragma clang loop vectorize(assume_safety)
  for (size_t i = 0; i < count; i++) y[i] = (float)exponential(x[i]);
}

HINGE_DISPATCH(exponentials, (const float *x, float *y, size_t count), (x, y, count))

void hinge_exp(const float *x, float *y, size_t count) { exponentials_best(x, y, count); }

HINGE_INLINE void wide_exponentials(const double *x, double shift, double *y, size_t count) {
#pragma clang loop vectorize(assume_safety)
  for (size_t i = 0; i < count; i++) y[i] = exponential(x[i] - shift);
}

HINGE_DISPATCH(
    wide_exponentials, (const double *x, double shift, double *y, size_t count),
    (x, shift, y, count))

void hinge_exp_wide(const double *x, double shift, double *y, size_t count) {
  wide_exponentials_best(x, shift, y, count);
}

// Quantized numbers. Nothing is fused here: each multiplication, addition and division is rounded by itself, as the standard
// computes it, in all vector lengths.
#include "CVectorMath.h"
#include "dispatch.h"
#include <limits.h>
#include <string.h>

// Rounds to the nearest integer, half to even, and adds the zero point: what is in the range stays in it through both, so it
// is held in it before. A NaN becomes the least.
HINGE_INLINE unsigned char quantized(float quotient, float low, float high, int zero) {
  quotient = quotient > low ? quotient : low;
  quotient = quotient < high ? quotient : high;
  // Adding 1.5 · 2²³ rounds to an integer, which then stands in the lowest bits.
  float shifted = quotient + 0x1.8p23f;
  int bits;
  memcpy(&bits, &shifted, sizeof bits);
  return (unsigned char)(bits + zero);
}

// The number of an 8-bit integer, whose sign bit is flipped where it is signed.
HINGE_INLINE float number(unsigned char x, hinge_quantization q) {
#pragma clang fp contract(off)
  int difference = (int)(x ^ q.flip) - q.flip - q.zero;
  return (float)difference * q.scale;
}

HINGE_INLINE void quantize(
    const float *x, unsigned char *y, size_t count, hinge_quantization q, float low, float high) {
#pragma clang fp contract(off)
  float scale = q.scale;
  int zero = q.zero;
#pragma clang loop vectorize(assume_safety)
  for (size_t i = 0; i < count; i++) y[i] = quantized(x[i] / scale, low, high, zero);
}

HINGE_DISPATCH(
    quantize,
    (const float *x, unsigned char *y, size_t count, hinge_quantization q, float low, float high),
    (x, y, count, q, low, high))

static float lowest(hinge_quantization q) { return (float)(-(int)q.flip - q.zero); }
static float highest(hinge_quantization q) { return (float)(255 - (int)q.flip - q.zero); }

void hinge_quantize(const float *x, unsigned char *y, size_t count, hinge_quantization q) {
  quantize_best(x, y, count, q, lowest(q), highest(q));
}

HINGE_INLINE void dequantize(
    const unsigned char *x, float *y, size_t count, hinge_quantization q) {
#pragma clang loop vectorize(assume_safety)
  for (size_t i = 0; i < count; i++) y[i] = number(x[i], q);
}

HINGE_DISPATCH(
    dequantize, (const unsigned char *x, float *y, size_t count, hinge_quantization q),
    (x, y, count, q))

void hinge_dequantize(const unsigned char *x, float *y, size_t count, hinge_quantization q) {
  dequantize_best(x, y, count, q);
}

// One loop for each function and each way in which operands stand still or move.
#define BINARY_(name, operation, a_step, b_step)                                           \
  HINGE_INLINE void name(                                                                  \
      const unsigned char *a, const unsigned char *b, unsigned char *y, size_t count,      \
      const hinge_quantization *q, float low, float high) {                                \
    _Pragma("clang fp contract(off)")                                                      \
    hinge_quantization qa = q[0], qb = q[1];                                               \
    float scale = q[2].scale;                                                              \
    int zero = q[2].zero;                                                                  \
    _Pragma("clang loop vectorize(assume_safety)")                                         \
    for (size_t i = 0; i < count; i++) {                                                   \
      float result = number(a[a_step * i], qa) operation number(b[b_step * i], qb);        \
      y[i] = quantized(result / scale, low, high, zero);                                   \
    }                                                                                      \
  }                                                                                        \
  HINGE_DISPATCH(                                                                          \
      name,                                                                                \
      (const unsigned char *a, const unsigned char *b, unsigned char *y, size_t count,     \
       const hinge_quantization *q, float low, float high),                                \
      (a, b, y, count, q, low, high))

BINARY_(sum, +, 1, 1)
BINARY_(sum_with_one, +, 1, 0)
BINARY_(difference, -, 1, 1)
BINARY_(difference_with_one, -, 1, 0)
BINARY_(difference_of_one, -, 0, 1)
BINARY_(product, *, 1, 1)
BINARY_(product_with_one, *, 1, 0)

void hinge_quantized_binary(
    hinge_binary function, const unsigned char *a, size_t a_step, const unsigned char *b,
    size_t b_step, unsigned char *y, size_t count, const hinge_quantization q[3], int low,
    int high) {
  float least = (float)(low - q[2].zero), most = (float)(high - q[2].zero);
  if (function != hinge_difference && !a_step) {
    // The sum and the product are the same the other way round.
    hinge_quantization swapped[3] = {q[1], q[0], q[2]};
    (function == hinge_sum ? sum_with_one_best : product_with_one_best)(
        b, a, y, count, swapped, least, most);
    return;
  }
  switch (function) {
  case hinge_sum: (b_step ? sum_best : sum_with_one_best)(a, b, y, count, q, least, most); break;
  case hinge_product:
    (b_step ? product_best : product_with_one_best)(a, b, y, count, q, least, most);
    break;
  case hinge_difference:
    (!a_step ? difference_of_one_best : b_step ? difference_best : difference_with_one_best)(
        a, b, y, count, q, least, most);
    break;
  }
}

void hinge_lookup(
    const unsigned char *x, unsigned char *y, size_t count, const unsigned char table[256]) {
  for (size_t i = 0; i < count; i++) y[i] = table[x[i]];
}

// As integers whose lower bits are flipped where they are negative, numbers have their own order, and a NaN is a magnitude
// beyond all others.
HINGE_INLINE int ordered(int bits) { return bits ^ ((bits >> 31) & INT_MAX); }

HINGE_INLINE void range(const void *numbers, size_t count, int found[3]) {
  const char *place = numbers;
  int low = 0, high = 0, magnitude = 0;
#pragma clang loop vectorize_width(16) interleave_count(2)
  for (size_t i = 0; i < count; i++) {
    int bits;
    memcpy(&bits, place + 4 * i, sizeof bits);
    int key = ordered(bits);
    low = key < low ? key : low;
    high = key > high ? key : high;
    bits &= INT_MAX;
    magnitude = bits > magnitude ? bits : magnitude;
  }
  found[0] = low;
  found[1] = high;
  found[2] = magnitude;
}

HINGE_DISPATCH(
    range, (const void *numbers, size_t count, int found[3]), (numbers, count, found))

bool hinge_range(const float *x, size_t count, float *least, float *largest) {
  int found[3];
  range_best(x, count, found);
  int low = ordered(found[0]), high = ordered(found[1]);
  memcpy(least, &low, sizeof low);
  memcpy(largest, &high, sizeof high);
  return found[2] <= 0x7f800000;
}

HINGE_INLINE void scale_sums(
    const int *sums, const int *offsets, int offset, const float *scales, const float *bias,
    float *y, size_t count) {
#pragma clang fp contract(off)
#pragma clang loop vectorize(assume_safety)
  for (size_t i = 0; i < count; i++) {
    unsigned sum = (unsigned)sums[i] + (unsigned)offsets[i] + (unsigned)offset;
    float number = (float)(int)sum * scales[i];
    y[i] = bias ? number + bias[i] : number;
  }
}

HINGE_DISPATCH(
    scale_sums,
    (const int *sums, const int *offsets, int offset, const float *scales, const float *bias,
     float *y, size_t count),
    (sums, offsets, offset, scales, bias, y, count))

void hinge_scale_sums(
    const int *sums, const int *offsets, int offset, const float *scales, const float *bias,
    float *y, size_t count) {
  scale_sums_best(sums, offsets, offset, scales, bias, y, count);
}

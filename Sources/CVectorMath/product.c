// Sums of products of strips of 4 rows and strips of 8 columns. A tile's sums stay in registers.
#include "CVectorMath.h"
#include "dispatch.h"
#include <string.h>

// Eight numbers, in as many registers as the processor needs for them.
typedef double eight __attribute__((vector_size(64)));

HINGE_INLINE void add_to(double *place, const eight *sum) {
  eight value;
  memcpy(&value, place, sizeof value);
  value += *sum;
  memcpy(place, &value, sizeof value);
}

HINGE_INLINE void add_strips(
    const double *left, const double *right, size_t depth, size_t rows, size_t columns,
    double *sums, size_t stride) {
  for (size_t column = 0; column < columns; column += 8) {
    for (size_t row = 0; row < rows; row += 4) {
      const double *a = left + row * depth;
      const double *b = right + column * depth;
      eight sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
      for (size_t step = 0; step < depth; step++) {
        eight vector;
        memcpy(&vector, b + 8 * step, sizeof vector);
        sum0 += a[4 * step] * vector;
        sum1 += a[4 * step + 1] * vector;
        sum2 += a[4 * step + 2] * vector;
        sum3 += a[4 * step + 3] * vector;
      }
      double *target = sums + row * stride + column;
      add_to(target, &sum0);
      add_to(target + stride, &sum1);
      add_to(target + 2 * stride, &sum2);
      add_to(target + 3 * stride, &sum3);
    }
  }
}

HINGE_DISPATCH(
    add_strips,
    (const double *left, const double *right, size_t depth, size_t rows, size_t columns,
     double *sums, size_t stride),
    (left, right, depth, rows, columns, sums, stride))

void hinge_add_strips(
    const double *left, const double *right, size_t depth, size_t rows, size_t columns,
    double *sums, size_t stride) {
  add_strips_best(left, right, depth, rows, columns, sums, stride);
}

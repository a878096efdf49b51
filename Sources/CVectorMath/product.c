// Sums of products: of strips of 4 rows and strips of 8 columns, where a tile's sums stay in registers; and of one row and
// columns that stand one after the other, which are read once.
#include "CVectorMath.h"
#include "dispatch.h"
#include <string.h>

// Eight numbers, in as many registers as the processor needs for them.
typedef double eight __attribute__((vector_size(64)));
typedef float eight_floats __attribute__((vector_size(32)));

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

HINGE_INLINE void add_dots(
    const double *row, const float *columns, size_t depth, size_t stride, double *sums,
    size_t count) {
  for (size_t column = 0; column < count; column++) {
    const float *place = columns + column * stride;
    eight sum0 = {0}, sum1 = {0};
    size_t step = 0;
    for (; step + 16 <= depth; step += 16) {
      eight a0, a1;
      eight_floats b0, b1;
      memcpy(&a0, row + step, sizeof a0);
      memcpy(&a1, row + step + 8, sizeof a1);
      memcpy(&b0, place + step, sizeof b0);
      memcpy(&b1, place + step + 8, sizeof b1);
      sum0 += a0 * __builtin_convertvector(b0, eight);
      sum1 += a1 * __builtin_convertvector(b1, eight);
    }
    sum0 += sum1;
    double sum = 0;
    for (int lane = 0; lane < 8; lane++) sum += sum0[lane];
    for (; step < depth; step++) sum += row[step] * place[step];
    sums[column] += sum;
  }
}

HINGE_DISPATCH(
    add_dots,
    (const double *row, const float *columns, size_t depth, size_t stride, double *sums,
     size_t count),
    (row, columns, depth, stride, sums, count))

void hinge_add_dots(
    const double *row, const float *columns, size_t depth, size_t stride, double *sums,
    size_t count) {
  add_dots_best(row, columns, depth, stride, sums, count);
}

// Products of one row and a matrix. Each number of the matrix is used once, so what counts is that they are read as they come.
#include "CVectorMath.h"
#include "dispatch.h"
#include <string.h>

// Sixteen numbers, in as many registers as the processor needs for them.
typedef float sixteen __attribute__((vector_size(64)));

HINGE_INLINE sixteen load(const float *place) {
  sixteen value;
  memcpy(&value, place, sizeof value);
  return value;
}

// Adds the products of `rows` numbers of `x` and as many rows of the matrix; `rows` is known where this is called.
HINGE_INLINE void add_rows(
    const float *x, const float *matrix, size_t rows, size_t stride, float *y, size_t count) {
  size_t column = 0;
  for (; column + 16 <= count; column += 16) {
    sixteen sum = load(y + column);
    for (size_t row = 0; row < rows; row++) sum += x[row] * load(matrix + row * stride + column);
    memcpy(y + column, &sum, sizeof sum);
  }
  for (; column < count; column++) {
    float sum = y[column];
    for (size_t row = 0; row < rows; row++) sum += x[row] * matrix[row * stride + column];
    y[column] = sum;
  }
}

HINGE_INLINE void row_product(
    const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count) {
  memset(y, 0, count * sizeof *y);
  size_t row = 0;
  for (; row + 16 <= depth; row += 16) add_rows(x + row, matrix + row * stride, 16, stride, y, count);
  for (; row < depth; row++) add_rows(x + row, matrix + row * stride, 1, stride, y, count);
}

HINGE_DISPATCH(
    row_product,
    (const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count),
    (x, matrix, depth, stride, y, count))

void hinge_row_product(
    const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count) {
  row_product_best(x, matrix, depth, stride, y, count);
}

HINGE_INLINE void row_dots(
    const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count) {
  for (size_t column = 0; column < count; column++) {
    const float *place = matrix + column * stride;
    sixteen sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
    size_t step = 0;
    for (; step + 64 <= depth; step += 64) {
      sum0 += load(x + step) * load(place + step);
      sum1 += load(x + step + 16) * load(place + step + 16);
      sum2 += load(x + step + 32) * load(place + step + 32);
      sum3 += load(x + step + 48) * load(place + step + 48);
    }
    for (; step + 16 <= depth; step += 16) sum0 += load(x + step) * load(place + step);
    sum0 += sum1 + (sum2 + sum3);
    float sum = 0;
    for (int lane = 0; lane < 16; lane++) sum += sum0[lane];
    for (; step < depth; step++) sum += x[step] * place[step];
    y[column] = sum;
  }
}

HINGE_DISPATCH(
    row_dots,
    (const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count),
    (x, matrix, depth, stride, y, count))

void hinge_row_dots(
    const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count) {
  row_dots_best(x, matrix, depth, stride, y, count);
}

// Functions of many numbers at once, in vector code.
//
// A function of each number is computed in double precision and rounded once, so that results are off by hardly more than
// half a unit in the last place. What a number gives does not depend on where it stands. `x` and `y` may be the same memory,
// or not overlap.
#ifndef HINGE_VECTOR_MATH_H
#define HINGE_VECTOR_MATH_H

#include <stddef.h>

/// `y = e^(x − shift)`; the difference is rounded to single precision before.
void hinge_exp(const float *x, float shift, float *y, size_t count);

/// The error function, `y = 2/√π ∫₀ˣ e^(−t²) dt`.
void hinge_erf(const float *x, float *y, size_t count);

/// The magnitude of the largest of the numbers: infinite where there is a NaN, 0 where there are none.
float hinge_largest_magnitude(const float *x, size_t count);

/// The same of numbers of type bfloat16.
float hinge_largest_magnitude_bfloat16(const void *x, size_t count);

/// The same of numbers of type float16.
float hinge_largest_magnitude_float16(const void *x, size_t count);

/// Rounds numbers to the nearest ones of type float16, ties to even: infinities from 65520 on. A NaN stays one.
void hinge_round_float16(float *x, size_t count);

/// Rounds numbers to the nearest ones of type bfloat16, ties to even. A NaN stays one.
void hinge_round_bfloat16(float *x, size_t count);

/// Adds products of two matrices to `sums`, whose rows are `stride` numbers apart.
///
/// `left` holds strips of 4 rows, one after the other: for each of `depth` steps the 4 numbers of the rows. `right` holds
/// strips of 8 columns likewise. The last strips may stand out past `rows` and `columns`; `sums` has room for them.
void hinge_add_strips(
    const double *left, const double *right, size_t depth, size_t rows, size_t columns,
    double *sums, size_t stride);

/// Adds the products of a row of `depth` numbers and `count` columns, which begin `stride` numbers apart, to `sums`.
void hinge_add_dots(
    const double *row, const float *columns, size_t depth, size_t stride, double *sums,
    size_t count);

#endif

// Functions of many numbers at once, in vector code.
//
// A function of each number is computed in double precision and rounded once, so that results are off by hardly more than
// half a unit in the last place. What a number gives does not depend on where it stands. `x` and `y` may be the same memory,
// or not overlap.
#ifndef HINGE_VECTOR_MATH_H
#define HINGE_VECTOR_MATH_H

#include <stdbool.h>
#include <stddef.h>

/// `y = e^x`.
void hinge_exp(const float *x, float *y, size_t count);

/// `y = e^(x − shift)`, kept in double precision, of which single precision is right: 2·10⁻¹⁰.
void hinge_exp_wide(const double *x, double shift, double *y, size_t count);

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

/// The product of a row of `depth` numbers and a matrix of as many rows, which begin `stride` numbers apart: `y = x · matrix`.
///
/// `count` is the number of columns. Each sum is made in single precision, in the order of the rows.
void hinge_row_product(
    const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count);

/// The products of a row of `depth` numbers and the rows of a matrix, which begin `stride` numbers apart: `y = x · matrixᵀ`.
///
/// `count` is the number of the matrix's rows. Each sum is made in single precision.
void hinge_row_dots(
    const float *x, const float *matrix, size_t depth, size_t stride, float *y, size_t count);

/// How 8-bit integers stand for numbers: `(integer − zero) · scale`.
typedef struct {
  float scale;
  int zero;
  /// 0x80 for signed integers, 0 for unsigned ones.
  unsigned char flip;
} hinge_quantization;

/// `y = x / scale`, rounded to the nearest even, plus the zero point, held in range; a NaN becomes the least.
///
/// The quotient is rounded to single precision before. Signed integers are written as their bytes.
void hinge_quantize(const float *x, unsigned char *y, size_t count, hinge_quantization q);

/// `y = (x − zero) · scale`.
void hinge_dequantize(const unsigned char *x, float *y, size_t count, hinge_quantization q);

/// A function of two numbers.
typedef enum { hinge_sum, hinge_difference, hinge_product } hinge_binary;

/// A function of numbers `a` and `b` that 8-bit integers stand for, quantized as `q[2]` says and held from `low` to `high`.
///
/// `q[0]` is the quantization of `a`, `q[1]` that of `b`. A step is 1, or 0 where one number is that of all; not both are 0.
/// Each operation is rounded to single precision. `y` may be the memory of an operand whose step is 1.
void hinge_quantized_binary(
    hinge_binary function, const unsigned char *a, size_t a_step, const unsigned char *b,
    size_t b_step, unsigned char *y, size_t count, const hinge_quantization q[3], int low,
    int high);

/// `y = table[x]`.
void hinge_lookup(
    const unsigned char *x, unsigned char *y, size_t count, const unsigned char table[256]);

/// The least and the largest of the numbers and 0.
///
/// Returns false where there is a NaN.
bool hinge_range(const float *x, size_t count, float *least, float *largest);

/// `y = (sums + offsets + offset) · scales + bias`, where the integers wrap around, and each operation on numbers is rounded.
///
/// `bias` may be null.
void hinge_scale_sums(
    const int *sums, const int *offsets, int offset, const float *scales, const float *bias,
    float *y, size_t count);

#endif

// Counts how often the process takes memory from the heap, for tests.
#ifndef HINGE_ALLOCATION_COUNT_H
#define HINGE_ALLOCATION_COUNT_H

#include <stdbool.h>

/// How often memory was taken, by all threads together.
typedef struct {
  /// By the libraries oneDNN and OpenMP themselves.
  long library;
  /// By everybody else.
  long own;
} hinge_allocations;

/// Whether they can be counted here: with glibc, and without a sanitizer, which has a heap of its own.
bool hinge_can_count_allocations(void);

/// Begins to count.
void hinge_begin_counting(void);

/// Ends counting, and tells how many there were.
hinge_allocations hinge_end_counting(void);

#endif

// Stands between everybody and glibc's heap: the functions of a program, and of a library that is loaded before others, go
// before theirs.

#define _GNU_SOURCE
#include "allocation_count.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || \
    __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#include <stdlib.h>

#if defined(__GLIBC__) && !defined(HAS_SANITIZER)

#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool is_counting;
static atomic_long library_count, own_count;

/// Where the code of a library is.
typedef struct {
  uintptr_t start, end;
} range;

/// The libraries whose own allocations are told apart: oneDNN, and the two usual runtimes of OpenMP.
static const char *const library_names[] = {"libdnnl.", "libgomp.", "libomp."};
static range libraries[8];
static int range_count;

static int find_library(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size;
  (void)unused;
  for (size_t name = 0; name < sizeof library_names / sizeof *library_names; name++) {
    if (!strstr(info->dlpi_name, library_names[name])) continue;
    for (int index = 0; index < info->dlpi_phnum && range_count < 8; index++) {
      const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
      if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
      uintptr_t start = info->dlpi_addr + segment->p_vaddr;
      libraries[range_count++] = (range){start, start + segment->p_memsz};
    }
  }
  return 0;
}

/// Notes an allocation by the code at an address.
static inline void note(const void *caller) {
  if (!atomic_load_explicit(&is_counting, memory_order_relaxed)) return;
  uintptr_t place = (uintptr_t)caller;
  for (int index = 0; index < range_count; index++) {
    if (place >= libraries[index].start && place < libraries[index].end) {
      atomic_fetch_add_explicit(&library_count, 1, memory_order_relaxed);
      return;
    }
  }
  atomic_fetch_add_explicit(&own_count, 1, memory_order_relaxed);
}

#define NOTE() note(__builtin_return_address(0))

void *malloc(size_t size) {
  NOTE();
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  NOTE();
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  NOTE();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  NOTE();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  NOTE();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  NOTE();
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  void *found = __libc_memalign(alignment, size);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}

// `operator new` of C++, which else would look like an allocation by the C++ library. What finds no memory ends the process,
// since exceptions can't be thrown from here.

static void *checked(void *memory) {
  if (!memory) abort();
  return memory;
}

void *_Znwm(size_t size) {
  NOTE();
  return checked(__libc_malloc(size ? size : 1));
}

void *_Znam(size_t size) {
  NOTE();
  return checked(__libc_malloc(size ? size : 1));
}

void *_ZnwmSt11align_val_t(size_t size, size_t alignment) {
  NOTE();
  return checked(__libc_memalign(alignment, size ? size : 1));
}

void *_ZnamSt11align_val_t(size_t size, size_t alignment) {
  NOTE();
  return checked(__libc_memalign(alignment, size ? size : 1));
}

bool hinge_can_count_allocations(void) {
  // Whether the functions are really those that are called.
  hinge_begin_counting();
  void *volatile memory = malloc(1);
  hinge_allocations found = hinge_end_counting();
  free(memory);
  return found.own > 0;
}

void hinge_begin_counting(void) {
  range_count = 0;
  dl_iterate_phdr(find_library, NULL);
  atomic_store(&library_count, 0);
  atomic_store(&own_count, 0);
  atomic_store(&is_counting, true);
}

hinge_allocations hinge_end_counting(void) {
  atomic_store(&is_counting, false);
  return (hinge_allocations){atomic_load(&library_count), atomic_load(&own_count)};
}

#ifdef HINGE_PRELOADED

// As a library that is loaded before any other (LD_PRELOAD), it counts from the beginning to the end of a program, and writes
// how often oneDNN and how often everybody else took memory to the file that the environment names.

__attribute__((constructor)) static void begin(void) { hinge_begin_counting(); }

__attribute__((destructor)) static void end(void) {
  hinge_allocations found = hinge_end_counting();
  const char *path = getenv("HINGE_ALLOCATION_COUNTS");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld %ld\n", found.library, found.own);
  fclose(file);
}

#endif

#else

bool hinge_can_count_allocations(void) { return false; }
void hinge_begin_counting(void) {}
hinge_allocations hinge_end_counting(void) { return (hinge_allocations){0, 0}; }

#endif

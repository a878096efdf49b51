// oneDNN under one set of names for its two generations of interfaces, 2.x (from 2.5 on) and 3.x.
//
// The functions here return a dnnl_status_t as oneDNN's own do. Memory descriptors are objects to be
// destroyed in both generations; those that a query returns belong to what was asked.
#ifndef HINGE_ONEDNN_SHIM_H
#define HINGE_ONEDNN_SHIM_H

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/// A memory descriptor.
typedef struct dnn_desc_object *dnn_desc;

#if DNNL_VERSION_MAJOR >= 3
#define DNN_DESC(desc) ((const_dnnl_memory_desc_t)(desc))
#else
#define DNN_DESC(desc) ((const dnnl_memory_desc_t *)(desc))

// Version 2 has the descriptor as a plain structure; the object is a copy of it.
static inline dnn_desc dnn_desc_keep_(const dnnl_memory_desc_t *value) {
  dnnl_memory_desc_t *copy = (dnnl_memory_desc_t *)malloc(sizeof(*copy));
  if (copy) memcpy(copy, value, sizeof(*copy));
  return (dnn_desc)copy;
}
#endif

// A descriptor in a layout that oneDNN has a name for.
static inline dnnl_status_t dnn_desc_create_tagged_(
    dnn_desc *desc, int rank, const int64_t *extents, dnnl_data_type_t type,
    dnnl_format_tag_t tag) {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t value = NULL;
  dnnl_status_t status = dnnl_memory_desc_create_with_tag(&value, rank, extents, type, tag);
  *desc = (dnn_desc)value;
  return status;
#else
  dnnl_memory_desc_t value;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(&value, rank, extents, type, tag);
  *desc = status == dnnl_success ? dnn_desc_keep_(&value) : NULL;
  return status == dnnl_success && !*desc ? dnnl_out_of_memory : status;
#endif
}

/// Creates a descriptor with strides in elements; without strides, of whatever layout a primitive prefers.
static inline dnnl_status_t dnn_desc_create(
    dnn_desc *desc, int rank, const int64_t *extents, dnnl_data_type_t type,
    const int64_t *strides) {
  if (!strides) return dnn_desc_create_tagged_(desc, rank, extents, type, dnnl_format_tag_any);
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t value = NULL;
  dnnl_status_t status =
      dnnl_memory_desc_create_with_strides(&value, rank, extents, type, strides);
  *desc = (dnn_desc)value;
  return status;
#else
  dnnl_memory_desc_t value;
  dnnl_status_t status =
      dnnl_memory_desc_init_by_strides(&value, rank, extents, type, strides);
  *desc = status == dnnl_success ? dnn_desc_keep_(&value) : NULL;
  return status == dnnl_success && !*desc ? dnnl_out_of_memory : status;
#endif
}

/// A descriptor of images of 1 to 3 dimensions, `[N, C, …]`, whose channels stand in blocks of 8 or 16.
static inline dnnl_status_t dnn_desc_create_blocked(
    dnn_desc *desc, int rank, const int64_t *extents, dnnl_data_type_t type, int block) {
  if (rank < 3 || rank > 5 || (block != 8 && block != 16)) return dnnl_invalid_arguments;
  const dnnl_format_tag_t tags[2][3] = {
      {dnnl_aBc8b, dnnl_aBcd8b, dnnl_aBcde8b}, {dnnl_aBc16b, dnnl_aBcd16b, dnnl_aBcde16b}};
  return dnn_desc_create_tagged_(desc, rank, extents, type, tags[block == 16][rank - 3]);
}

/// Destroys a descriptor.
static inline void dnn_desc_destroy(dnn_desc desc) {
#if DNNL_VERSION_MAJOR >= 3
  if (desc) dnnl_memory_desc_destroy((dnnl_memory_desc_t)desc);
#else
  free(desc);
#endif
}

/// Copies a descriptor.
static inline dnnl_status_t dnn_desc_clone(dnn_desc *desc, dnn_desc other) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_clone((dnnl_memory_desc_t *)desc, DNN_DESC(other));
#else
  *desc = dnn_desc_keep_(DNN_DESC(other));
  return *desc ? dnnl_success : dnnl_out_of_memory;
#endif
}

/// The descriptor of the same memory with its axes in another order: axis `i` becomes axis `permutation[i]`.
static inline dnnl_status_t dnn_desc_permute(
    dnn_desc *desc, dnn_desc other, const int *permutation) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_permute_axes(
      (dnnl_memory_desc_t *)desc, DNN_DESC(other), permutation);
#else
  dnnl_memory_desc_t value;
  dnnl_status_t status = dnnl_memory_desc_permute_axes(&value, DNN_DESC(other), permutation);
  *desc = status == dnnl_success ? dnn_desc_keep_(&value) : NULL;
  return status;
#endif
}

/// Whether two descriptors are of the same shape, type and layout.
static inline bool dnn_desc_equal(dnn_desc a, dnn_desc b) {
  return dnnl_memory_desc_equal(DNN_DESC(a), DNN_DESC(b)) != 0;
}

/// The number of bytes that memory of a descriptor takes.
static inline size_t dnn_desc_size(dnn_desc desc) {
  return dnnl_memory_desc_get_size(DNN_DESC(desc));
}

/// The element type of a descriptor.
static inline dnnl_data_type_t dnn_desc_type(dnn_desc desc) {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_data_type_t type = dnnl_data_type_undef;
  dnnl_memory_desc_query(DNN_DESC(desc), dnnl_query_data_type, &type);
  return type;
#else
  return DNN_DESC(desc)->data_type;
#endif
}

/// Where the elements of a tensor are: nested blocks of axes inside strides.
typedef struct {
  int rank;
  int64_t offset;
  dnnl_dims_t extents, padded_extents, strides;
  int block_count;
  dnnl_dims_t block_extents, block_axes;
} dnn_layout;

#if DNNL_VERSION_MAJOR >= 3
// Whether more stands behind the elements, such as sums of weights for products with signed integers. Only the size tells; gaps
// between the elements make it larger, too.
static inline bool dnn_has_more_(const_dnnl_memory_desc_t value, const dnn_layout *layout) {
  int64_t places = 1, blocks[DNNL_MAX_NDIMS];
  for (int axis = 0; axis < layout->rank; axis++) blocks[axis] = 1;
  for (int index = 0; index < layout->block_count; index++) {
    places *= layout->block_extents[index];
    blocks[layout->block_axes[index]] *= layout->block_extents[index];
  }
  for (int axis = 0; axis < layout->rank; axis++)
    places += (layout->padded_extents[axis] / blocks[axis] - 1) * layout->strides[axis];
  return dnnl_memory_desc_get_size(value) > (size_t)places;
}
#endif

/// Reads the layout of a descriptor; false when it isn't one of blocks and strides.
static inline bool dnn_desc_layout(dnn_desc desc, dnn_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
  dnnl_format_kind_t kind = dnnl_format_kind_undef;
  const dnnl_dims_t *extents, *padded, *strides, *blocks, *axes;
  const_dnnl_memory_desc_t value = DNN_DESC(desc);
  int32_t rank = 0, block_count = 0;
  if (dnnl_memory_desc_query(value, dnnl_query_format_kind, &kind) != dnnl_success
      || kind != dnnl_blocked
      || dnnl_memory_desc_query(value, dnnl_query_ndims_s32, &rank) != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_submemory_offset_s64, &layout->offset)
             != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_dims, &extents) != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_padded_dims, &padded) != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_strides, &strides) != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_inner_nblks_s32, &block_count) != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_inner_blks, &blocks) != dnnl_success
      || dnnl_memory_desc_query(value, dnnl_query_inner_idxs, &axes) != dnnl_success)
    return false;
  layout->rank = rank;
  layout->block_count = block_count;
  memcpy(layout->extents, extents, sizeof(dnnl_dims_t));
  memcpy(layout->padded_extents, padded, sizeof(dnnl_dims_t));
  memcpy(layout->strides, strides, sizeof(dnnl_dims_t));
  memcpy(layout->block_extents, blocks, sizeof(dnnl_dims_t));
  memcpy(layout->block_axes, axes, sizeof(dnnl_dims_t));
  return dnn_desc_type(desc) != dnnl_s8 || !dnn_has_more_(value, layout);
#else
  const dnnl_memory_desc_t *value = DNN_DESC(desc);
  if (value->format_kind != dnnl_blocked || value->extra.flags != 0) return false;
  const dnnl_blocking_desc_t *blocking = &value->format_desc.blocking;
  layout->rank = value->ndims;
  layout->offset = value->offset0;
  layout->block_count = blocking->inner_nblks;
  memcpy(layout->extents, value->dims, sizeof(dnnl_dims_t));
  memcpy(layout->padded_extents, value->padded_dims, sizeof(dnnl_dims_t));
  memcpy(layout->strides, blocking->strides, sizeof(dnnl_dims_t));
  memcpy(layout->block_extents, blocking->inner_blks, sizeof(dnnl_dims_t));
  memcpy(layout->block_axes, blocking->inner_idxs, sizeof(dnnl_dims_t));
  return true;
#endif
}

/// Bytes that tell a layout from all others, also where it isn't one of blocks and strides; 0 of them where there are none.
static inline size_t dnn_desc_bytes(dnn_desc desc, const void **bytes) {
#if DNNL_VERSION_MAJOR >= 3
  *bytes = desc;
  return 0;
#else
  *bytes = desc;
  return sizeof(dnnl_memory_desc_t);
#endif
}

/// The descriptor that a primitive descriptor has for an argument; null when it has none.
static inline dnn_desc dnn_query_desc(dnnl_primitive_desc_t primitive, int argument) {
  return (dnn_desc)dnnl_primitive_desc_query_md(
      primitive, dnnl_query_exec_arg_md, argument);
}

/// The name of the implementation that a primitive descriptor chose: `jit:avx512_core`, `ref:any`.
static inline const char *dnn_implementation(dnnl_primitive_desc_t primitive) {
  const char *name = NULL;
  dnnl_primitive_desc_query(primitive, dnnl_query_impl_info_str, 0, (void *)&name);
  return name ? name : "";
}

/// Creates memory of a descriptor at an address.
static inline dnnl_status_t dnn_memory_create(
    dnnl_memory_t *memory, dnn_desc desc, dnnl_engine_t engine, void *address) {
  return dnnl_memory_create(memory, DNN_DESC(desc), engine, address);
}

/// The argument that a binary or PReLU post-operation reads.
static inline int dnn_post_op_argument(int index, int argument) {
  return DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | argument;
}

// MARK: Threads

// glibc names the handle of all loaded libraries only for those who ask for its extensions.
#ifdef RTLD_DEFAULT
#define DNN_LOADED_ RTLD_DEFAULT
#else
#define DNN_LOADED_ NULL
#endif

/// The functions that get and set the number of threads that the calling thread's work may take; `NULL` when the library
/// does not make threads through OpenMP, and so can't be told.
typedef struct {
  int (*get)(void);
  void (*set)(int);
  /// Lets the threads go that wait for the calling thread's next work; `NULL` before OpenMP 5.
  int (*pause)(int);
  /// Calls a function once on each of a number of threads, of which the calling one is one, and waits for them.
  void (*parallel)(void (*)(void *), void *, unsigned, unsigned);
} dnn_openmp;

/// Finds the functions, which takes about a microsecond.
static inline dnn_openmp dnn_find_openmp(void) {
  dnn_openmp found = {NULL, NULL, NULL, NULL};
  if (dnnl_version()->cpu_runtime != DNNL_RUNTIME_OMP) return found;
  found.get = (int (*)(void))dlsym(DNN_LOADED_, "omp_get_max_threads");
  found.set = (void (*)(int))dlsym(DNN_LOADED_, "omp_set_num_threads");
  found.pause = (int (*)(int))dlsym(DNN_LOADED_, "omp_pause_resource_all");
  // GCC's library has it, and LLVM's for programs that GCC compiled.
  found.parallel = (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(
      DNN_LOADED_, "GOMP_parallel");
  return found;
}

/// Lets the threads go that wait for the calling thread's next work.
static inline void dnn_release_threads(dnn_openmp library) {
  // `omp_pause_soft`: what the library knows stays.
  if (library.pause) library.pause(1);
}

#endif

#pragma once

/* What Swift cannot import from <hdf5.h>: macros, and functions whose name or shape depends on the
   library's version. Nothing here decides anything. */

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#include <H5Tdevelop.h>
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* MARK: Constants */

static const hid_t hinge_h5_default = H5P_DEFAULT;
static const hid_t hinge_h5_no_space = H5S_ALL;
static const unsigned hinge_h5_read_only = 0x0000u;
static const unsigned hinge_h5_truncate = 0x0002u;
static const haddr_t hinge_h5_no_address = HADDR_UNDEF;

/* Standard types; little-endian. Each is a fresh copy that the caller closes. */
static inline hid_t hinge_h5_float16(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type < 0) return type;
    if (H5Tset_fields(type, 15, 10, 5, 0, 10) < 0 || H5Tset_size(type, 2) < 0 ||
        H5Tset_ebias(type, 15) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}
static inline hid_t hinge_h5_float32(void) { return H5Tcopy(H5T_IEEE_F32LE); }
static inline hid_t hinge_h5_float64(void) { return H5Tcopy(H5T_IEEE_F64LE); }
static inline hid_t hinge_h5_integer(size_t bytes, int is_signed) {
    switch (bytes) {
    case 1: return H5Tcopy(is_signed ? H5T_STD_I8LE : H5T_STD_U8LE);
    case 2: return H5Tcopy(is_signed ? H5T_STD_I16LE : H5T_STD_U16LE);
    case 4: return H5Tcopy(is_signed ? H5T_STD_I32LE : H5T_STD_U32LE);
    default: return H5Tcopy(is_signed ? H5T_STD_I64LE : H5T_STD_U64LE);
    }
}
static inline hid_t hinge_h5_variable_string(void) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}
static inline hid_t hinge_h5_fixed_string(size_t bytes) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, bytes) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

/* Classes of property lists. */
static inline hid_t hinge_h5_new_group_creation(void) { return H5Pcreate(H5P_GROUP_CREATE); }
static inline hid_t hinge_h5_new_dataset_creation(void) { return H5Pcreate(H5P_DATASET_CREATE); }

/* MARK: Errors */

/* Calls `visit` for each entry of this thread's error stack, the innermost first. */
typedef void (*hinge_h5_error_visitor)(const char *function, const char *text, void *context);

struct hinge_h5_error_visit {
    hinge_h5_error_visitor visit;
    void *context;
};

static inline herr_t hinge_h5_visit_error(unsigned n, const H5E_error2_t *error, void *context) {
    struct hinge_h5_error_visit *visit = (struct hinge_h5_error_visit *)context;
    (void)n;
    visit->visit(error->func_name, error->desc, visit->context);
    return 0;
}

static inline void hinge_h5_walk_errors(hinge_h5_error_visitor visit, void *context) {
    struct hinge_h5_error_visit wrapped = {visit, context};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, hinge_h5_visit_error, &wrapped);
}

/* Switches off the library's own printing of errors, which is a setting of each thread. */
static inline void hinge_h5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

/* MARK: Links and objects */

/* Calls `visit` with the name and kind (H5L_type_t) of each link of a group, in order of name, until it
   returns something other than 0. */
typedef int (*hinge_h5_link_visitor)(const char *name, int kind, void *context);

struct hinge_h5_link_visit {
    hinge_h5_link_visitor visit;
    void *context;
};

#if H5_VERSION_GE(1, 12, 0)
static inline herr_t hinge_h5_visit_link(
    hid_t group, const char *name, const H5L_info2_t *info, void *context) {
    struct hinge_h5_link_visit *visit = (struct hinge_h5_link_visit *)context;
    (void)group;
    return visit->visit(name, (int)info->type, visit->context);
}
#else
static inline herr_t hinge_h5_visit_link(
    hid_t group, const char *name, const H5L_info_t *info, void *context) {
    struct hinge_h5_link_visit *visit = (struct hinge_h5_link_visit *)context;
    (void)group;
    return visit->visit(name, (int)info->type, visit->context);
}
#endif

static inline herr_t hinge_h5_walk_links(
    hid_t group, hinge_h5_link_visitor visit, void *context) {
    struct hinge_h5_link_visit wrapped = {visit, context};
    hsize_t index = 0;
#if H5_VERSION_GE(1, 12, 0)
    return H5Literate2(
        group, H5_INDEX_NAME, H5_ITER_INC, &index, hinge_h5_visit_link, &wrapped);
#else
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &index, hinge_h5_visit_link, &wrapped);
#endif
}

/* The address of an object's header in the file. */
static inline herr_t hinge_h5_object_address(hid_t object, haddr_t *address) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
    return H5VLnative_token_to_addr(object, info.token, address);
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    *address = info.addr;
    return 0;
#endif
}

/* MARK: A read-only file driver over memory */

typedef struct hinge_h5_memory {
    const unsigned char *bytes;
    unsigned long long count;
} hinge_h5_memory;

typedef struct hinge_h5_memory_file {
    H5FD_t base; /* what the library sees; must be first */
    hinge_h5_memory memory;
    haddr_t end_of_allocation;
} hinge_h5_memory_file;

static H5FD_t *hinge_h5_memory_open(
    const char *name, unsigned flags, hid_t access, haddr_t limit) {
    const hinge_h5_memory *memory = (const hinge_h5_memory *)H5Pget_driver_info(access);
    (void)name;
    (void)limit;
    if (memory == NULL || flags != hinge_h5_read_only) return NULL;
    hinge_h5_memory_file *file = (hinge_h5_memory_file *)calloc(1, sizeof *file);
    if (file == NULL) return NULL;
    file->memory = *memory;
    return &file->base;
}
static herr_t hinge_h5_memory_close(H5FD_t *file) {
    free(file);
    return 0;
}
static herr_t hinge_h5_memory_query(const H5FD_t *file, unsigned long *features) {
    (void)file;
    *features = H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}
static haddr_t hinge_h5_memory_get_eoa(const H5FD_t *file, H5FD_mem_t kind) {
    (void)kind;
    return ((const hinge_h5_memory_file *)file)->end_of_allocation;
}
static herr_t hinge_h5_memory_set_eoa(H5FD_t *file, H5FD_mem_t kind, haddr_t address) {
    (void)kind;
    ((hinge_h5_memory_file *)file)->end_of_allocation = address;
    return 0;
}
static haddr_t hinge_h5_memory_get_eof(const H5FD_t *file, H5FD_mem_t kind) {
    (void)kind;
    return ((const hinge_h5_memory_file *)file)->memory.count;
}
/* As of a file: what lies beyond its end reads as zero. */
static herr_t hinge_h5_memory_read(
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t address, size_t size, void *buffer) {
    const hinge_h5_memory *memory = &((const hinge_h5_memory_file *)file)->memory;
    size_t present = 0;
    (void)kind;
    (void)transfer;
    if (address < memory->count) {
        present = memory->count - address < size ? (size_t)(memory->count - address) : size;
        memcpy(buffer, memory->bytes + address, present);
    }
    memset((unsigned char *)buffer + present, 0, size - present);
    return 0;
}
static herr_t hinge_h5_memory_write(
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t address, size_t size,
    const void *buffer) {
    (void)file;
    (void)kind;
    (void)transfer;
    (void)address;
    (void)size;
    (void)buffer;
    return -1;
}

static inline hid_t hinge_h5_register_memory_driver(void) {
    static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
        .version = H5FD_CLASS_VERSION,
        .value = (H5FD_class_value_t)600,
#endif
        .name = "hinge-memory",
        .maxaddr = HADDR_MAX,
        .fc_degree = H5F_CLOSE_STRONG,
        .fapl_size = sizeof(hinge_h5_memory),
        .open = hinge_h5_memory_open,
        .close = hinge_h5_memory_close,
        .query = hinge_h5_memory_query,
        .get_eoa = hinge_h5_memory_get_eoa,
        .set_eoa = hinge_h5_memory_set_eoa,
        .get_eof = hinge_h5_memory_get_eof,
        .read = hinge_h5_memory_read,
        .write = hinge_h5_memory_write,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    return H5FDregister(&driver);
}

/* An access list that reads `count` bytes at `bytes` with the given driver; the memory must stay in
   place until the file is closed. Any file that such a file could name opens as the same memory. */
static inline hid_t hinge_h5_new_memory_access(
    hid_t driver, const void *bytes, unsigned long long count) {
    hinge_h5_memory memory = {(const unsigned char *)bytes, count};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    if (H5Pset_driver(access, driver, &memory) < 0) {
        H5Pclose(access);
        return -1;
    }
    return access;
}

/* MARK: A file driver that writes to a descriptor */

/* Where a file is written. The library leaks a file that it cannot write to its end, so the driver never
   tells it of an error: the first one is kept here, and nothing is written after it. */
typedef struct hinge_h5_output {
    int descriptor;
    int error; /* errno of the first failure, or 0 */
    haddr_t end_of_file;
} hinge_h5_output;

typedef struct hinge_h5_output_file {
    H5FD_t base; /* what the library sees; must be first */
    hinge_h5_output *output;
    haddr_t end_of_allocation;
} hinge_h5_output_file;

static H5FD_t *hinge_h5_output_open(
    const char *name, unsigned flags, hid_t access, haddr_t limit) {
    hinge_h5_output *const *output = (hinge_h5_output *const *)H5Pget_driver_info(access);
    (void)name;
    (void)flags;
    (void)limit;
    if (output == NULL) return NULL;
    hinge_h5_output_file *file = (hinge_h5_output_file *)calloc(1, sizeof *file);
    if (file == NULL) return NULL;
    file->output = *output;
    return &file->base;
}
static herr_t hinge_h5_output_close(H5FD_t *file) {
    free(file);
    return 0;
}
static herr_t hinge_h5_output_query(const H5FD_t *file, unsigned long *features) {
    (void)file;
    *features = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
        H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}
static haddr_t hinge_h5_output_get_eoa(const H5FD_t *file, H5FD_mem_t kind) {
    (void)kind;
    return ((const hinge_h5_output_file *)file)->end_of_allocation;
}
static herr_t hinge_h5_output_set_eoa(H5FD_t *file, H5FD_mem_t kind, haddr_t address) {
    (void)kind;
    ((hinge_h5_output_file *)file)->end_of_allocation = address;
    return 0;
}
static haddr_t hinge_h5_output_get_eof(const H5FD_t *file, H5FD_mem_t kind) {
    (void)kind;
    return ((const hinge_h5_output_file *)file)->output->end_of_file;
}
static herr_t hinge_h5_output_read(
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t address, size_t size, void *buffer) {
    hinge_h5_output *output = ((hinge_h5_output_file *)file)->output;
    unsigned char *rest = (unsigned char *)buffer;
    (void)kind;
    (void)transfer;
    while (size > 0) {
        ssize_t count = pread(output->descriptor, rest, size, (off_t)address);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && output->error == 0) output->error = errno;
        if (count <= 0) break;
        rest += count;
        size -= (size_t)count;
        address += (haddr_t)count;
    }
    memset(rest, 0, size);
    return 0;
}
static herr_t hinge_h5_output_write(
    H5FD_t *file, H5FD_mem_t kind, hid_t transfer, haddr_t address, size_t size,
    const void *buffer) {
    hinge_h5_output *output = ((hinge_h5_output_file *)file)->output;
    const unsigned char *rest = (const unsigned char *)buffer;
    (void)kind;
    (void)transfer;
    if (address + size > output->end_of_file) output->end_of_file = address + size;
    while (size > 0 && output->error == 0) {
        size_t piece = size < ((size_t)1 << 30) ? size : (size_t)1 << 30;
        ssize_t count = pwrite(output->descriptor, rest, piece, (off_t)address);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            output->error = count < 0 ? errno : EIO;
            break;
        }
        rest += count;
        size -= (size_t)count;
        address += (haddr_t)count;
    }
    return 0;
}
static herr_t hinge_h5_output_truncate(H5FD_t *file, hid_t transfer, hbool_t closing) {
    const hinge_h5_output_file *self = (const hinge_h5_output_file *)file;
    hinge_h5_output *output = self->output;
    (void)transfer;
    (void)closing;
    if (output->error == 0 && ftruncate(output->descriptor, (off_t)self->end_of_allocation) != 0)
        output->error = errno;
    output->end_of_file = self->end_of_allocation;
    return 0;
}

static inline hid_t hinge_h5_register_output_driver(void) {
    static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
        .version = H5FD_CLASS_VERSION,
        .value = (H5FD_class_value_t)601,
#endif
        .name = "hinge-output",
        .maxaddr = ((haddr_t)1 << 62) - 1,
        .fc_degree = H5F_CLOSE_STRONG,
        .fapl_size = sizeof(hinge_h5_output *),
        .open = hinge_h5_output_open,
        .close = hinge_h5_output_close,
        .query = hinge_h5_output_query,
        .get_eoa = hinge_h5_output_get_eoa,
        .set_eoa = hinge_h5_output_set_eoa,
        .get_eof = hinge_h5_output_get_eof,
        .read = hinge_h5_output_read,
        .write = hinge_h5_output_write,
        .truncate = hinge_h5_output_truncate,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    return H5FDregister(&driver);
}

/* An access list that writes to `output` with the given driver, in the oldest form of everything. */
static inline hid_t hinge_h5_new_output_access(hid_t driver, hinge_h5_output *output) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    if (H5Pset_driver(access, driver, &output) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) < 0) {
        H5Pclose(access);
        return -1;
    }
    return access;
}

/* MARK: Variable-length strings as the file holds them */

#define HINGE_H5_REFERENCE_TAG "hinge-heap-reference"

/* The opaque type that receives heap references as they stand in the file. */
static inline hid_t hinge_h5_reference_type(size_t bytes) {
    hid_t type = H5Tcreate(H5T_OPAQUE, bytes);
    if (type >= 0 && H5Tset_tag(type, HINGE_H5_REFERENCE_TAG) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

/* "Converts" a variable-length string of the file to that type, which leaves its bytes alone. */
static inline herr_t hinge_h5_keep_reference(
    hid_t source, hid_t target, H5T_cdata_t *data, size_t count, size_t stride,
    size_t background_stride, void *buffer, void *background, hid_t transfer) {
    (void)count;
    (void)stride;
    (void)background_stride;
    (void)buffer;
    (void)background;
    (void)transfer;
    if (data->command == H5T_CONV_INIT) {
        char *tag = H5Tget_tag(target);
        int is_ours = tag != NULL && strcmp(tag, HINGE_H5_REFERENCE_TAG) == 0;
        if (tag != NULL) H5free_memory(tag);
        data->need_bkg = H5T_BKG_NO;
        return is_ours && H5Tis_variable_str(source) > 0 ? 0 : -1;
    }
    return 0;
}

static inline herr_t hinge_h5_register_reference_conversion(void) {
    hid_t source = hinge_h5_variable_string();
    hid_t target = hinge_h5_reference_type(16);
    herr_t status = -1;
    if (source >= 0 && target >= 0)
        status = H5Tregister(
            H5T_PERS_SOFT, "hinge-reference", source, target, hinge_h5_keep_reference);
    if (source >= 0) H5Tclose(source);
    if (target >= 0) H5Tclose(target);
    return status;
}

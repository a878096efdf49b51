#pragma once

/* A file driver that writes to a descriptor. */

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

#pragma once

/* A read-only file driver over memory. */

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif
#include <stdlib.h>
#include <string.h>


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
    if (memory == NULL || flags != 0x0000u) return NULL;
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

#pragma once

/* What Swift cannot import from <hdf5.h>: macros, and functions whose name or shape depends on the
   library's version. Nothing here decides anything. */

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5Tdevelop.h>
#endif
#include "memory_driver.h"
#include "output_driver.h"
#include <string.h>

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
/* Links whose names are UTF-8. */
static inline hid_t hinge_h5_new_link_creation(void) {
    hid_t list = H5Pcreate(H5P_LINK_CREATE);
    if (list >= 0 && H5Pset_char_encoding(list, H5T_CSET_UTF8) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

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

internal import CHDF5
import HingeGraph

extension HDF5Writer {
    /// A data space of the given shape.
    static func space(_ shape: [Int]) throws -> HDF5Handle {
        guard shape.count <= 32 else {
            throw HingeError(
                .unsupported, "expected at most 32 dimensions, found \(shape.count)")
        }
        let extents = shape.map { hsize_t($0) }
        return try handle("make a data space") { _ in
            extents.isEmpty
                ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extents.count), extents, nil)
        }
    }

    /// The type that the elements of a dataset have in the file.
    static func type(of dataset: HDF5Dataset) throws -> HDF5Handle {
        switch dataset.elementType {
        case .number(let number):
            try type(of: number)
        case .string:
            try string(.utf8)
        case .opaque(let byteCount, let tag):
            try handle("make a type") { _ in
                let type = H5Tcreate(H5T_OPAQUE, byteCount)
                if type >= 0, H5Tset_tag(type, tag) < 0 {
                    H5Tclose(type)
                    return -1
                }
                return type
            }
        case .unsupported(let description):
            throw HingeError(
                .unsupported, "elements of this type cannot be written: \(description)")
        }
    }

    /// The type of numbers in the file, little-endian; booleans and complex numbers are as h5py has them.
    static func type(of number: DataType) throws -> HDF5Handle {
        try handle("make a type for \(number)") { _ in
            switch number {
            case .float16: hinge_h5_float16()
            case .float32: hinge_h5_float32()
            case .float64: hinge_h5_float64()
            case .int8, .int16, .int32, .int64: hinge_h5_integer(number.bitWidth / 8, 1)
            case .uint8, .uint16, .uint32, .uint64: hinge_h5_integer(number.bitWidth / 8, 0)
            case .bool: boolean()
            case .complex64, .complex128: complex(number)
            default: -1
            }
        }
    }

    /// The type of strings in the file.
    static func string(_ form: HDF5Attribute.StringForm) throws -> HDF5Handle {
        let type = try handle("make a type for strings") { _ in
            form.fixedByteCount.map { hinge_h5_fixed_string($0) } ?? hinge_h5_variable_string()
        }
        let id = type.id
        try call("make a type for strings") { _ in
            let padding = form.fixedByteCount == nil ? H5T_STR_NULLTERM : H5T_STR_NULLPAD
            let status = H5Tset_cset(id, form.isUTF8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII)
            return status < 0 ? status : H5Tset_strpad(id, padding)
        }
        return type
    }

    private static func boolean() -> hid_t {
        let base = hinge_h5_integer(1, 1)
        guard base >= 0 else { return base }
        defer { H5Tclose(base) }
        let type = H5Tenum_create(base)
        guard type >= 0 else { return type }
        for (name, value) in [("FALSE", 0), ("TRUE", 1)] {
            var value = Int8(value)
            guard H5Tenum_insert(type, name, &value) >= 0 else {
                H5Tclose(type)
                return -1
            }
        }
        return type
    }

    private static func complex(_ number: DataType) -> hid_t {
        let part = number == .complex64 ? hinge_h5_float32() : hinge_h5_float64()
        guard part >= 0 else { return part }
        defer { H5Tclose(part) }
        let size = number.bitWidth / 8
        let type = H5Tcreate(H5T_COMPOUND, size)
        guard type >= 0 else { return type }
        guard H5Tinsert(type, "r", 0, part) >= 0, H5Tinsert(type, "i", size / 2, part) >= 0 else {
            H5Tclose(type)
            return -1
        }
        return type
    }
}

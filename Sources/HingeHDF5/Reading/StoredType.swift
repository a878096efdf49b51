internal import CHDF5
import HingeGraph

/// The element type of a dataset or attribute, as the file states it.
enum StoredType {
    /// Numbers or booleans of a type that tensors have.
    case number(DataType, isBigEndian: Bool)
    /// Strings of variable length, in the global heap.
    case variableString(isUTF8: Bool)
    /// Strings of a fixed size in bytes.
    case fixedString(byteCount: Int, isUTF8: Bool, padding: Padding)
    /// Bytes without a meaning.
    case opaque(byteCount: Int, tag: String)
    /// Anything else, in words.
    case unsupported(String)

    /// What stands after the end of a string that is shorter than its space.
    enum Padding {
        case zeros
        case spaces
    }

    /// Finds out what a type of the library is.
    ///
    /// - Precondition: the caller holds the library's lock.
    init(_ type: hid_t) {
        let byteCount = H5Tget_size(type)
        let name: String
        switch H5Tget_class(type) {
        case H5T_INTEGER:
            if let number = Self.integer(type, byteCount) {
                self = number
                return
            }
            name = "integers of \(H5Tget_precision(type)) bits in \(byteCount) bytes"
        case H5T_FLOAT:
            if let number = Self.float(type, byteCount) {
                self = number
                return
            }
            name = "floating-point numbers of \(byteCount) bytes that are not IEEE 754"
        case H5T_STRING:
            self = Self.string(type, byteCount)
            return
        case H5T_OPAQUE:
            let tag = H5Tget_tag(type)
            defer { H5free_memory(tag) }
            self = .opaque(byteCount: byteCount, tag: tag.map { String(cString: $0) } ?? "")
            return
        case H5T_ENUM:
            self = Self.enumeration(type)
            return
        case H5T_COMPOUND:
            if let number = Self.complex(type, byteCount) {
                self = number
                return
            }
            name = "compound of \(byteCount) bytes"
        case H5T_REFERENCE: name = "reference"
        case H5T_ARRAY: name = "array"
        case H5T_VLEN: name = "sequence of variable length"
        case H5T_BITFIELD: name = "bit field"
        case H5T_TIME: name = "time"
        default: name = "unknown class"
        }
        self = .unsupported(name)
    }

    private static func integer(_ type: hid_t, _ byteCount: Int) -> StoredType? {
        guard [1, 2, 4, 8].contains(byteCount), H5Tget_precision(type) == byteCount * 8,
            H5Tget_offset(type) == 0, let isBigEndian = isBigEndian(type)
        else { return nil }
        let isSigned = H5Tget_sign(type) == H5T_SGN_2
        let number: DataType =
            switch byteCount {
            case 1: isSigned ? .int8 : .uint8
            case 2: isSigned ? .int16 : .uint16
            case 4: isSigned ? .int32 : .uint32
            default: isSigned ? .int64 : .uint64
            }
        return .number(number, isBigEndian: isBigEndian)
    }

    private static func float(_ type: hid_t, _ byteCount: Int) -> StoredType? {
        var sign = 0
        var exponent = 0
        var exponentBits = 0
        var fraction = 0
        var fractionBits = 0
        guard let isBigEndian = isBigEndian(type), H5Tget_norm(type) == H5T_NORM_IMPLIED,
            H5Tget_fields(type, &sign, &exponent, &exponentBits, &fraction, &fractionBits) >= 0,
            fraction == 0, exponent == fractionBits, sign == exponent + exponentBits,
            sign == byteCount * 8 - 1,
            H5Tget_ebias(type) == (1 << (exponentBits - 1)) - 1
        else { return nil }
        return switch (byteCount, exponentBits) {
        case (2, 5): .number(.float16, isBigEndian: isBigEndian)
        case (2, 8): .number(.bfloat16, isBigEndian: isBigEndian)
        case (4, 8): .number(.float32, isBigEndian: isBigEndian)
        case (8, 11): .number(.float64, isBigEndian: isBigEndian)
        default: nil
        }
    }

    private static func string(_ type: hid_t, _ byteCount: Int) -> StoredType {
        let isUTF8 = H5Tget_cset(type) == H5T_CSET_UTF8
        if H5Tis_variable_str(type) > 0 { return .variableString(isUTF8: isUTF8) }
        let padding: Padding = H5Tget_strpad(type) == H5T_STR_SPACEPAD ? .spaces : .zeros
        return .fixedString(byteCount: byteCount, isUTF8: isUTF8, padding: padding)
    }

    /// An enumeration is its base type, except for the one of FALSE and TRUE that h5py writes for
    /// booleans.
    private static func enumeration(_ type: hid_t) -> StoredType {
        let base = H5Tget_super(type)
        guard base >= 0 else { return .unsupported("enumeration") }
        defer { H5Tclose(base) }
        let integer = StoredType(base)
        guard case .number(_, isBigEndian: false) = integer, H5Tget_size(type) == 1,
            H5Tget_nmembers(type) == 2, memberName(type, 0) == "FALSE",
            memberName(type, 1) == "TRUE", memberValue(type, 0) == 0, memberValue(type, 1) == 1
        else { return integer }
        return .number(.bool, isBigEndian: false)
    }

    private static func memberValue(_ type: hid_t, _ index: UInt32) -> UInt8? {
        var value: UInt8 = 0
        return H5Tget_member_value(type, index, &value) >= 0 ? value : nil
    }

    private static func memberName(_ type: hid_t, _ index: UInt32) -> String? {
        guard let name = H5Tget_member_name(type, index) else { return nil }
        defer { H5free_memory(name) }
        return String(cString: name)
    }

    /// h5py writes complex numbers as a compound of the parts `r` and `i`.
    private static func complex(_ type: hid_t, _ byteCount: Int) -> StoredType? {
        guard H5Tget_nmembers(type) == 2, memberName(type, 0) == "r", memberName(type, 1) == "i",
            H5Tget_member_offset(type, 0) == 0, H5Tget_member_offset(type, 1) == byteCount / 2
        else { return nil }
        let parts = (0..<2).map { index in
            let part = H5Tget_member_type(type, UInt32(index))
            guard part >= 0 else { return StoredType.unsupported("") }
            defer { H5Tclose(part) }
            return StoredType(part)
        }
        guard case .number(let real, let isBigEndian) = parts[0],
            case .number(real, isBigEndian: isBigEndian) = parts[1]
        else { return nil }
        return switch (real, byteCount) {
        case (.float32, 8): .number(.complex64, isBigEndian: isBigEndian)
        case (.float64, 16): .number(.complex128, isBigEndian: isBigEndian)
        default: nil
        }
    }

    private static func isBigEndian(_ type: hid_t) -> Bool? {
        switch H5Tget_order(type) {
        case H5T_ORDER_LE: false
        case H5T_ORDER_BE: true
        default: nil
        }
    }
}

/// What a fixed-size string holds without its padding.
func unpadded(_ bytes: Slice<UnsafeRawBufferPointer>, _ padding: StoredType.Padding) -> ByteString {
    let text = bytes.prefix { $0 != 0 }
    guard padding == .spaces else { return ByteString(bytes: text) }
    let end = text.lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? text.startIndex
    return ByteString(bytes: text[text.startIndex..<end])
}

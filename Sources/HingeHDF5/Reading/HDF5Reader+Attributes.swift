internal import CHDF5
import HingeGraph

extension HDF5Reader {
    mutating func readAttributes(
        of object: borrowing HDF5Handle, path: String
    ) throws -> HDF5Attributes {
        var attributes = HDF5Attributes()
        for name in try attributeNames(of: object, path: path) {
            attributes[name] = try readAttribute(name, of: object, path: path)
        }
        return attributes
    }

    /// What a callback of the library fills.
    private struct NameList {
        var names: [String] = []
        let limit: Int
        var isOverfull = false
        var hasBadName = false
    }

    private func attributeNames(of object: borrowing HDF5Handle, path: String) throws -> [String] {
        var list = NameList(limit: limits.attributesPerObject)
        let id = object.id
        try HDF5Library.call("list the attributes of '\(path)/'") { _ in
            var index: hsize_t = 0
            return withUnsafeMutablePointer(to: &list) { list in
                H5Aiterate2(
                    id, H5_INDEX_NAME, H5_ITER_INC, &index,
                    { _, name, _, context in
                        guard let name, let context else { return 1 }
                        let list = context.assumingMemoryBound(to: NameList.self)
                        list.pointee.isOverfull = list.pointee.names.count >= list.pointee.limit
                        guard !list.pointee.isOverfull else { return 1 }
                        guard let text = String(validatingCString: name) else {
                            list.pointee.hasBadName = true
                            return 1
                        }
                        list.pointee.names.append(text)
                        return 0
                    }, list)
            }
        }
        guard !list.isOverfull else {
            throw HingeError(
                .limit, "the object has more than \(limits.attributesPerObject) attributes",
                at: [Self.place(path)])
        }
        guard !list.hasBadName else {
            throw HingeError(
                .badData, "the name of an attribute is not valid UTF-8", at: [Self.place(path)])
        }
        return list.names
    }

    private mutating func readAttribute(
        _ name: String, of object: borrowing HDF5Handle, path: String
    ) throws -> HDF5Attribute {
        do {
            return try readAttribute(named: name, of: object)
        } catch let error as HingeError {
            throw error.adding(.attribute(name)).adding(Self.place(path))
        }
    }

    private mutating func readAttribute(
        named name: String, of object: borrowing HDF5Handle
    ) throws -> HDF5Attribute {
        let id = object.id
        let attribute = try HDF5Handle("open the attribute") { _ in
            H5Aopen(id, name, hinge_h5_default)
        }
        let attributeID = attribute.id
        let type = try HDF5Handle("read its type") { _ in H5Aget_type(attributeID) }
        let space = try HDF5Handle("read its shape") { _ in H5Aget_space(attributeID) }
        let typeID = type.id
        guard let shape = try extent(of: space) else {
            return HDF5Attribute(value: .strings([], .ascii), shape: [0])
        }
        let count = try Tensor.count(of: shape)
        let stored = try storedType(typeID)
        switch stored {
        case .number(let number, let isBigEndian):
            let region = try attributeBytes(attributeID, typeID, count, number.bitWidth / 8)
            let value = isBigEndian ? try ByteOrder.swapped(region, number) : region
            return HDF5Attribute(try Tensor(dataType: number, shape: shape, region: value))
        case .fixedString(let byteCount, let isUTF8, let padding):
            let region = try attributeBytes(attributeID, typeID, count, byteCount)
            let strings = (0..<count).map {
                unpadded(region.bytes[$0 * byteCount..<($0 + 1) * byteCount], padding)
            }
            let form = HDF5Attribute.StringForm(isUTF8: isUTF8, fixedByteCount: byteCount)
            return HDF5Attribute(value: .strings(strings, form), shape: shape)
        case .variableString(let isUTF8):
            let byteCount = heap.referenceByteCount
            let reference = try HDF5Handle("make a type") { _ in hinge_h5_reference_type(byteCount)
            }
            let region = try attributeBytes(attributeID, reference.id, count, byteCount)
            let room = limits.attributeByteCount - attributeByteCount
            let strings = try withExtendedLifetime(region) {
                try heap.strings(region.bytes, count: count, limit: room)
            }
            attributeByteCount += strings.reduce(0) { $0 + $1.bytes.count }
            return HDF5Attribute(
                value: .strings(strings, .init(isUTF8: isUTF8)), shape: shape)
        case .opaque(let byteCount, let tag):
            let description = "opaque elements of \(byteCount) bytes (tag '\(tag)')"
            return HDF5Attribute(value: .unsupported(description), shape: shape)
        case .unsupported(let description):
            return HDF5Attribute(value: .unsupported(description), shape: shape)
        }
    }

    /// The bytes of an attribute's elements, each of `byteCount` bytes in the type `type`.
    ///
    /// An attribute is stored in the object's header or in a heap of the file, so it is no larger than
    /// the file.
    private mutating func attributeBytes(
        _ attribute: hid_t, _ type: hid_t, _ count: Int, _ byteCount: Int
    ) throws -> MemoryRegion {
        let (total, overflow) = count.multipliedReportingOverflow(by: byteCount)
        guard !overflow, total <= region.byteCount else {
            throw HingeError(
                .badData,
                "it states \(count) elements of \(byteCount) bytes, more than the file has")
        }
        attributeByteCount += total
        guard attributeByteCount <= limits.attributeByteCount else {
            throw HingeError(
                .limit, "the attributes take more than \(limits.attributeByteCount) bytes in all")
        }
        let bytes = try MemoryRegion(allocating: total)
        if total > 0 {
            try HDF5Library.call("read the attribute") { _ in H5Aread(attribute, type, bytes.base) }
        }
        return bytes
    }

    /// The type of elements behind an identifier.
    func storedType(_ type: hid_t) throws -> StoredType {
        var stored = StoredType.unsupported("")
        _ = HDF5Library.locked { _ in
            stored = StoredType(type)
            return true
        }
        return stored
    }

    /// The extent of each dimension of a data space; `nil` for one that holds nothing.
    func extent(of space: borrowing HDF5Handle) throws -> [Int]? {
        let id = space.id
        let kind = HDF5Library.locked { _ in H5Sget_simple_extent_type(id) }
        if kind == H5S_NULL { return nil }
        let rank = try HDF5Library.call("read its shape") { _ in H5Sget_simple_extent_ndims(id) }
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        if rank > 0 {
            try HDF5Library.call("read its shape") { _ in
                H5Sget_simple_extent_dims(id, &extents, nil)
            }
        }
        return try extents.map { extent in
            guard let extent = Int(exactly: extent) else {
                throw HingeError(.limit, "a dimension of \(extent) is too large")
            }
            return extent
        }
    }
}

internal import CHDF5
import HingeGraph

extension HDF5Writer {
    /// Writes the attributes of an object, in the order of their names.
    func write(
        _ attributes: HDF5Attributes, to object: borrowing HDF5Handle, path: String
    ) throws {
        for name in attributes.names {
            guard let attribute = attributes[name] else { continue }
            do {
                try write(attribute, named: name, to: object)
            } catch let error as HingeError {
                throw error.adding(.attribute(name)).adding(HDF5Reader.place(path))
            }
        }
    }

    private func write(
        _ attribute: HDF5Attribute, named name: String, to object: borrowing HDF5Handle
    ) throws {
        switch attribute.value {
        case .unsupported(let description):
            throw HingeError(
                .unsupported, "an attribute of this type cannot be written: \(description)")
        case .tensor(let tensor):
            let dataset = try HDF5Dataset(tensor)
            guard case .number = dataset.elementType else {
                throw HingeError(
                    .unsupported, "an attribute of \(tensor.dataType) elements cannot be written")
            }
            let type = try Self.type(of: dataset)
            try tensor.withUnsafeBytes {
                try write($0, type, attribute.shape, named: name, to: object)
            }
        case .strings(let strings, let form):
            let type = try Self.string(form)
            guard let byteCount = form.fixedByteCount else {
                return try CStringList.withPointers(strings) {
                    try write($0, type, attribute.shape, named: name, to: object)
                }
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(strings.count * byteCount)
            for string in strings {
                guard string.bytes.count <= byteCount else {
                    throw HingeError(
                        .usage,
                        "expected strings of at most \(byteCount) bytes, "
                            + "found one of \(string.bytes.count)")
                }
                bytes += string.bytes
                bytes += repeatElement(0, count: byteCount - string.bytes.count)
            }
            try bytes.withUnsafeBytes {
                try write($0, type, attribute.shape, named: name, to: object)
            }
        }
    }

    private func write(
        _ elements: UnsafeRawBufferPointer, _ type: borrowing HDF5Handle, _ shape: [Int],
        named name: String, to object: borrowing HDF5Handle
    ) throws {
        let space = try Self.space(shape)
        let (objectID, typeID, spaceID) = (object.id, type.id, space.id)
        let attribute = try Self.handle("create the attribute") { _ in
            H5Acreate2(objectID, name, typeID, spaceID, hinge_h5_default, hinge_h5_default)
        }
        let id = attribute.id
        guard elements.count > 0 else { return }
        try Self.call("write the attribute") { _ in H5Awrite(id, typeID, elements.baseAddress) }
    }
}

/// Strings as C wants them.
enum CStringList {
    /// Calls `body` with an array of pointers to the strings, each with a zero at its end.
    ///
    /// - Throws: ``HingeError`` when there is a zero inside a string, or what `body` throws.
    static func withPointers(
        _ strings: [ByteString], _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        bytes.reserveCapacity(strings.reduce(0) { $0 + $1.bytes.count + 1 })
        for string in strings {
            guard !string.bytes.contains(0) else {
                throw HingeError(
                    .unsupported, "a string with a zero byte inside cannot be written to HDF5")
            }
            starts.append(bytes.count)
            bytes += string.bytes
            bytes.append(0)
        }
        try bytes.withUnsafeBytes { bytes in
            let pointers = starts.map { start in bytes.baseAddress.map { $0 + start } }
            try pointers.withUnsafeBytes(body)
        }
    }
}

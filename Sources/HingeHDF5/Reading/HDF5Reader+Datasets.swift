internal import CHDF5
import HingeGraph

extension HDF5Reader {
    mutating func readDataset(
        _ handle: borrowing HDF5Handle, path: String
    ) throws -> HDF5Dataset {
        let attributes = try readAttributes(of: handle, path: path)
        do {
            return try readDataset(handle, path: path, attributes: attributes)
        } catch let error as HingeError {
            throw error.adding(.path(path))
        }
    }

    private mutating func readDataset(
        _ handle: borrowing HDF5Handle, path: String, attributes: HDF5Attributes
    ) throws -> HDF5Dataset {
        let id = handle.id
        // Where the elements are comes first: asking a virtual dataset for its shape opens other files.
        let creation = try HDF5Handle("read its storage") { _ in H5Dget_create_plist(id) }
        let layout = try checkedLayout(creation)
        let type = try HDF5Handle("read its type") { _ in H5Dget_type(id) }
        let space = try HDF5Handle("read its shape") { _ in H5Dget_space(id) }
        let shape = try extent(of: space) ?? [0]
        let storage = Storage(
            dataset: id, creation: creation.id, layout: layout, count: try Tensor.count(of: shape))

        let elementType: HDF5Dataset.ElementType
        let payload: HDF5Dataset.Payload
        switch try storedType(type.id) {
        case .number(let number, let isBigEndian):
            elementType = .number(number)
            let bytes = try elements(storage, type.id, number.bitWidth / 8)
            payload = .bytes(bytes, isBigEndian: isBigEndian)
        case .opaque(let byteCount, let tag):
            elementType = .opaque(byteCount: byteCount, tag: tag)
            payload = .bytes(try elements(storage, type.id, byteCount), isBigEndian: false)
        case .fixedString(let byteCount, _, let padding):
            elementType = .string
            let bytes = try elements(storage, type.id, byteCount)
            try reserve(bytes.byteCount, "the strings")
            payload = .strings(
                (0..<storage.count).map {
                    unpadded(bytes.bytes[$0 * byteCount..<($0 + 1) * byteCount], padding)
                })
        case .variableString:
            elementType = .string
            payload = .strings(try variableStrings(storage))
        case .unsupported(let description):
            elementType = .unsupported(description)
            payload = .none
        }
        return HDF5Dataset(
            path: path, elementType: elementType, shape: shape, attributes: attributes,
            payload: payload)
    }

    private mutating func variableStrings(_ storage: Storage) throws -> [ByteString] {
        let byteCount = heap.referenceByteCount
        let reference = try HDF5Handle("make a type") { _ in hinge_h5_reference_type(byteCount) }
        let references = try elements(storage, reference.id, byteCount)
        let room = min(
            limits.decodedByteCount - decodedByteCount,
            max(limits.expansionFloor, region.byteCount))
        let strings = try withExtendedLifetime(references) {
            try heap.strings(references.bytes, count: storage.count, limit: room)
        }
        try reserve(strings.reduce(0) { $0 + $1.bytes.count }, "the strings")
        return strings
    }

    // MARK: - Storage

    /// Where the elements of a dataset are.
    private struct Storage {
        let dataset: hid_t
        let creation: hid_t
        let layout: H5D_layout_t
        let count: Int
    }

    /// How the elements are laid out, if all of them are in this file and can be read without code
    /// from elsewhere.
    private func checkedLayout(_ creation: borrowing HDF5Handle) throws -> H5D_layout_t {
        let id = creation.id
        let layout = HDF5Library.locked { _ in H5Pget_layout(id) }
        guard layout != H5D_VIRTUAL else {
            throw HingeError(
                .unsupported,
                "the dataset is virtual: its elements are in other files, "
                    + "which are not opened")
        }
        guard layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED || layout == H5D_COMPACT else {
            throw HingeError(.badData, "the dataset has no known layout")
        }
        let external = try HDF5Library.call("read its storage") { _ in H5Pget_external_count(id) }
        guard external == 0 else {
            throw HingeError(
                .unsupported, "the elements are in external files, which are not opened")
        }
        let filterCount = try HDF5Library.call("read its filters") { _ in H5Pget_nfilters(id) }
        for index in 0..<UInt32(filterCount) { try checkFilter(index, id) }
        return layout
    }

    private func checkFilter(_ index: UInt32, _ creation: hid_t) throws {
        var flags: UInt32 = 0
        var configuration: UInt32 = 0
        var parameterCount = 0
        var name = [CChar](repeating: 0, count: 64)
        let filter = try HDF5Library.call("read its filters") { _ in
            H5Pget_filter2(
                creation, index, &flags, &parameterCount, nil, name.count - 1, &name,
                &configuration)
        }
        guard
            [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32].contains(filter)
        else {
            let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw HingeError(
                .unsupported,
                "filter \(filter) ('\(String(decoding: text, as: UTF8.self))') is not supported; "
                    + "deflate, shuffle and fletcher32 are")
        }
    }

    /// The bytes of a dataset's elements, each of `byteCount` bytes in the type `type`.
    private mutating func elements(
        _ storage: Storage, _ type: hid_t, _ byteCount: Int
    ) throws -> MemoryRegion {
        let (total, overflow) = storage.count.multipliedReportingOverflow(by: byteCount)
        guard !overflow else {
            throw HingeError(.limit, "its size overflows")
        }
        guard total > 0 else { return .empty }
        let dataset = storage.dataset
        let stored = HDF5Library.locked { _ in H5Dget_storage_size(dataset) }
        let address = HDF5Library.locked { _ in H5Dget_offset(dataset) }
        if storage.layout == H5D_CONTIGUOUS, address != hinge_h5_no_address {
            guard UInt64(total) <= stored, address <= UInt64(region.byteCount),
                total <= region.byteCount - Int(address)
            else {
                throw HingeError(
                    .badData,
                    "it states \(total) bytes at \(address), of which the file has "
                        + "\(max(0, region.byteCount - Int(clamping: address)))")
            }
            let start = Int(address)
            return MemoryRegion(region, start..<start + total)
        }
        try checkExpansion(total, stored: stored, storage)
        try reserve(total, "the elements")
        let bytes = try MemoryRegion(allocating: total)
        try HDF5Library.call("read its elements") { _ in
            H5Dread(
                dataset, type, hinge_h5_no_space, hinge_h5_no_space, hinge_h5_default, bytes.base)
        }
        return bytes
    }

    /// Compares what the elements take in memory with what the file stores of them.
    private func checkExpansion(_ total: Int, stored: UInt64, _ storage: Storage) throws {
        guard let stored = Int(exactly: stored), stored <= region.byteCount else {
            throw HingeError(.badData, "it states \(stored) stored bytes, more than the file has")
        }
        switch storage.layout {
        case H5D_CHUNKED where stored > 0:
            let (product, overflow) = stored.multipliedReportingOverflow(by: limits.expansionRatio)
            let limit = max(overflow ? Int.max : product, limits.expansionFloor)
            let chunk = try chunkByteCount(storage)
            guard total <= limit, chunk <= limit else {
                throw HingeError(
                    .limit,
                    "\(stored) stored bytes would become \(max(total, chunk)), "
                        + "more than \(limits.expansionRatio) times as many")
            }
        case H5D_COMPACT:
            guard total <= stored else {
                throw HingeError(.badData, "it states \(total) bytes, the file has \(stored)")
            }
        default:
            guard total <= limits.unstoredByteCount else {
                throw HingeError(
                    .limit, "it states \(total) bytes, of which the file stores none")
            }
        }
    }

    /// The size of a chunk, all of which is in memory while it is read.
    private func chunkByteCount(_ storage: Storage) throws -> Int {
        let creation = storage.creation
        let dataset = storage.dataset
        var extents = [hsize_t](repeating: 0, count: 32)
        let rank = try HDF5Library.call("read its chunks") { _ in
            H5Pget_chunk(creation, Int32(extents.count), &extents)
        }
        let type = try HDF5Handle("read its type") { _ in H5Dget_type(dataset) }
        let typeID = type.id
        var size = UInt64(HDF5Library.locked { _ in H5Tget_size(typeID) })
        for extent in extents.prefix(Int(rank)) {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            size = overflow ? UInt64.max : product
        }
        return Int(clamping: size)
    }

    /// Counts bytes that are read into memory.
    private mutating func reserve(_ byteCount: Int, _ what: String) throws {
        let (sum, overflow) = decodedByteCount.addingReportingOverflow(byteCount)
        guard !overflow, sum <= limits.decodedByteCount else {
            throw HingeError(
                .limit, "\(what) of the file take more than \(limits.decodedByteCount) bytes")
        }
        decodedByteCount = sum
    }
}

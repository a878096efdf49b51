#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An n-dimensional array of elements of one type: row-major, contiguous.
///
/// A tensor is a value. Copies share storage until one of them is written. The storage may be a part of
/// a memory-mapped file, so that reading a model does not copy its weights.
public struct Tensor: Sendable {
    /// The element type.
    public let dataType: DataType
    /// The extent of each dimension.
    ///
    /// A scalar's shape is empty.
    public let shape: [Int]
    /// The number of elements.
    public let count: Int
    package private(set) var storage: Storage

    /// Where the elements are.
    package enum Storage: Sendable {
        case region(MemoryRegion)
        case strings([ByteString])
    }

    /// Creates a tensor over existing memory.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative, the size overflows, or the region does not
    ///   hold exactly the bytes that type and shape ask for.
    package init(dataType: DataType, shape: [Int], region: MemoryRegion) throws {
        let count = try Tensor.count(of: shape)
        guard dataType != .string, let byteCount = dataType.byteCount(ofElements: count) else {
            throw HingeError(.badData, "a \(dataType) tensor of shape \(shape) has no fixed size")
        }
        guard region.byteCount == byteCount else {
            throw HingeError(
                .badData,
                "expected \(byteCount) bytes for \(dataType)\(shape), found \(region.byteCount)")
        }
        self.init(unchecked: dataType, shape, count, .region(region))
    }

    /// Creates a tensor of strings.
    ///
    /// - Throws: ``HingeError`` when the shape does not have as many elements as there are strings.
    public init(strings: [ByteString], shape: [Int]) throws {
        let count = try Tensor.count(of: shape)
        guard count == strings.count else {
            throw HingeError(
                .badData, "expected \(count) strings for shape \(shape), found \(strings.count)")
        }
        self.init(unchecked: .string, shape, count, .strings(strings))
    }

    /// Creates a tensor whose elements are not initialised, if there is room.
    ///
    /// The caller writes all of them.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative or the type is string, or with the code `limit`
    ///   when the tensor takes more memory than ``MemoryLimit`` allows.
    package init(allocating dataType: DataType, shape: [Int]) throws {
        guard dataType != .string else {
            throw HingeError(.mismatch, "expected a tensor of numbers, found strings")
        }
        try MemoryLimit.check(dataType, shape)
        let count = try Tensor.count(of: shape)
        let region = try MemoryRegion(allocating: dataType.byteCount(ofElements: count) ?? 0)
        self.init(unchecked: dataType, shape, count, .region(region))
    }

    /// Creates a tensor whose elements are all zero, false or empty, if there is room.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative, or with the code `limit` when the tensor takes
    ///   more memory than ``MemoryLimit`` allows.
    public init(zeros dataType: DataType, shape: [Int]) throws {
        guard dataType != .string else {
            try MemoryLimit.check(dataType, shape)
            let count = try Tensor.count(of: shape)
            let strings = try [ByteString](bounded: "", count: count)
            self.init(unchecked: dataType, shape, count, .strings(strings))
            return
        }
        try self.init(allocating: dataType, shape: shape)
        if let region { _ = memset(region.base, 0, region.byteCount) }
    }

    /// Creates a tensor over memory that holds what type and shape ask for.
    init(unchecked dataType: DataType, _ shape: [Int], _ count: Int, _ storage: Storage) {
        self.dataType = dataType
        self.shape = shape
        self.count = count
        self.storage = storage
    }

    /// The most elements of a tensor, far beyond what fits in memory: products with small numbers fit an `Int`.
    package static let countLimit = 1 << 48
    /// The most dimensions of a tensor.
    package static let rankLimit = 1024

    /// The number of elements of a shape.
    ///
    /// The dimensions other than 0 multiply to no more than ``countLimit`` either, so that the strides of a tensor
    /// without elements can be computed as those of any other.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative, or with the code `limit` when there are too many
    ///   dimensions or elements.
    public static func count(of shape: [Int]) throws -> Int {
        guard shape.count <= rankLimit else {
            throw HingeError(
                .limit, "expected at most \(rankLimit) dimensions, found \(shape.count)")
        }
        var count = 1
        for extent in shape {
            guard extent >= 0 else {
                throw HingeError(.badData, "shape \(shape) has a negative dimension")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
            guard !overflow, product <= countLimit else {
                throw HingeError(.limit, "shape \(shape) has more elements than fit in memory")
            }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }
}

extension Tensor {
    /// The number of dimensions.
    public var rank: Int { shape.count }

    /// The memory that the elements take, in bytes.
    public var byteCount: Int {
        switch storage {
        case .region(let region): region.byteCount
        case .strings(let strings): strings.reduce(0) { $0 + $1.bytes.count }
        }
    }

    /// The strings of a string tensor, in row-major order; `nil` for any other type.
    public var strings: [ByteString]? {
        if case .strings(let strings) = storage { strings } else { nil }
    }

    /// The region that holds the elements; `nil` for a string tensor.
    package var region: MemoryRegion? {
        if case .region(let region) = storage { region } else { nil }
    }

    /// The same elements with another shape; the storage is shared.
    ///
    /// - Throws: ``HingeError`` when the shapes have different numbers of elements.
    public func reshaped(to shape: [Int]) throws -> Tensor {
        let count = try Tensor.count(of: shape)
        guard count == self.count else {
            throw HingeError(
                .mismatch,
                "cannot reshape \(self.shape) (\(self.count) elements) to \(shape) (\(count))")
        }
        return Tensor(unchecked: dataType, shape, count, storage)
    }

    /// The elements' bytes.
    ///
    /// Strings have none.
    public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        switch storage {
        case .region(let region):
            try withExtendedLifetime(region) { try body(region.bytes) }
        case .strings:
            try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    /// Replaces shared or read-only storage by a copy of its own, so that it can be written.
    private mutating func makeUnique() throws {
        guard case .region(var region) = storage else { return }
        storage = .strings([])
        defer { storage = .region(region) }
        if !region.isWritable || !isKnownUniquelyReferenced(&region) {
            region = try MemoryRegion(duplicating: region.bytes)
        }
    }

    /// The elements' bytes, to be written.
    ///
    /// Copies them first when they are shared.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for a copy, and what `body` throws.
    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        try makeUnique()
        switch storage {
        case .region(let region):
            return try body(
                UnsafeMutableRawBufferPointer(start: region.base, count: region.byteCount))
        case .strings:
            return try body(UnsafeMutableRawBufferPointer(start: nil, count: 0))
        }
    }
}

extension Tensor: Equatable {
    /// Whether type, shape and every bit of the elements are the same.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        guard left.dataType == right.dataType, left.shape == right.shape else { return false }
        if let strings = left.strings { return strings == right.strings }
        return left.withUnsafeBytes { leftBytes in
            right.withUnsafeBytes { rightBytes in
                guard leftBytes.count == rightBytes.count else { return false }
                guard let left = leftBytes.baseAddress, let right = rightBytes.baseAddress,
                    left != right
                else { return true }
                return memcmp(left, right, leftBytes.count) == 0
            }
        }
    }
}

extension Tensor: Hashable {
    /// Hashes type, shape and, of a small tensor, the elements.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(dataType)
        hasher.combine(shape)
        if let strings {
            hasher.combine(strings)
        } else if count <= 64 {
            withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }
}

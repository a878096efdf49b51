extension Tensor {
    /// Creates a tensor from its elements in row-major order.
    ///
    /// - Precondition: the shape has as many elements as `elements`.
    public init<Element: TensorElement>(_ elements: [Element], shape: [Int]) {
        precondition(
            (try? Tensor.count(of: shape)) == elements.count, "shape \(shape) of \(elements.count)")
        let region = elements.withUnsafeBytes { MemoryRegion(elements: $0) }
        self.init(unchecked: Element.dataType, shape, elements.count, .region(region))
    }

    /// Creates a vector from its elements.
    public init<Element: TensorElement>(_ elements: [Element]) {
        self.init(elements, shape: [elements.count])
    }

    /// Creates a tensor of rank 0.
    public init<Element: TensorElement>(scalar: Element) {
        self.init([scalar], shape: [])
    }

    /// Creates a tensor of booleans.
    ///
    /// - Precondition: the shape has as many elements as `elements`.
    public init(_ elements: [Bool], shape: [Int]) {
        precondition(
            (try? Tensor.count(of: shape)) == elements.count, "shape \(shape) of \(elements.count)")
        let region = MemoryRegion(copying: elements.lazy.map { $0 ? 1 : 0 })
        self.init(unchecked: .bool, shape, elements.count, .region(region))
    }

    /// The elements as a typed buffer.
    ///
    /// Memory that isn't aligned for the type is copied first.
    ///
    /// Booleans are accessed as `UInt8`.
    ///
    /// - Throws: ``HingeError`` when `Element` isn't the type of the tensor's elements, and what `body` throws.
    public func withUnsafeElements<Element: TensorElement, Result>(
        of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) throws -> Result {
        try checkAccess(as: type)
        return try withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                Int(bitPattern: base) % MemoryLayout<Element>.alignment != 0
            else {
                return try body(bytes.assumingMemoryBound(to: Element.self))
            }
            let copy = try MemoryRegion(duplicating: bytes)
            return try withExtendedLifetime(copy) {
                try body(copy.bytes.assumingMemoryBound(to: Element.self))
            }
        }
    }

    /// The elements as a typed buffer, to be written.
    ///
    /// Copies them first when they are shared.
    ///
    /// - Throws: ``HingeError`` when `Element` isn't the type of the tensor's elements, and what `body` throws.
    public mutating func withUnsafeMutableElements<Element: TensorElement, Result>(
        of type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
    ) throws -> Result {
        try checkAccess(as: type)
        return try withUnsafeMutableBytes { bytes in
            try body(bytes.assumingMemoryBound(to: Element.self))
        }
    }

    /// The elements in row-major order.
    ///
    /// Booleans are read as `UInt8`.
    ///
    /// - Throws: ``HingeError`` when `Element` isn't the type of the tensor's elements.
    public func array<Element: TensorElement>(
        of type: Element.Type = Element.self
    ) throws -> [Element] {
        try withUnsafeElements(of: Element.self) { elements in
            try MemoryLimit.checkArray(of: Element.self, count: elements.count)
            return Array(elements)
        }
    }

    private func checkAccess<Element: TensorElement>(as type: Element.Type) throws {
        guard dataType == Element.dataType || dataType == .bool && Element.self == UInt8.self else {
            throw HingeError(
                .mismatch, "expected a tensor of \(Element.dataType), found \(dataType)\(shape)")
        }
    }

    /// The same elements at an address that is aligned for them; the tensor itself if it already is.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for a copy.
    package func aligned() throws -> Tensor {
        guard let region, dataType.bitWidth > 8 else { return self }
        let alignment = min(dataType.bitWidth / 8, 8)
        guard Int(bitPattern: region.base) % alignment != 0 else { return self }
        var copy = self
        try copy.withUnsafeMutableBytes { _ in }
        return copy
    }

    /// The elements as `Double`s, whatever their type: booleans as 0 and 1, packed types unpacked.
    ///
    /// Integers beyond 2⁵³ are rounded.
    ///
    /// - Throws: ``HingeError`` for strings and complex numbers.
    public func doubles() throws -> [Double] {
        switch dataType {
        case .float64: return try array(of: Double.self)
        case .float32: return try map(Float.self) { Double($0) }
        case .float16: return try map(Float16.self) { Double($0) }
        case .bfloat16: return try map(BFloat16.self) { Double(Float($0)) }
        case .int8: return try map(Int8.self) { Double($0) }
        case .int16: return try map(Int16.self) { Double($0) }
        case .int32: return try map(Int32.self) { Double($0) }
        case .int64: return try map(Int64.self) { Double($0) }
        case .uint8: return try map(UInt8.self) { Double($0) }
        case .uint16: return try map(UInt16.self) { Double($0) }
        case .uint32: return try map(UInt32.self) { Double($0) }
        case .uint64: return try map(UInt64.self) { Double($0) }
        case .bool: return try map(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .int4, .uint4, .int2, .uint2, .float4e2m1, .float6e2m3, .float6e3m2,
            .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0:
            try MemoryLimit.checkArray(of: Double.self, count: count)
            return withUnsafeBytes { bytes in
                (0..<count).map { NarrowElement.decode(bytes, at: $0, as: dataType) }
            }
        case .string, .complex64, .complex128:
            throw HingeError(.mismatch, "expected a tensor of numbers, found \(dataType)")
        }
    }

    /// The elements as `Float`s, whatever their type.
    ///
    /// - Throws: ``HingeError`` for strings and complex numbers.
    public func floats() throws -> [Float] {
        try dataType == .float32 ? array(of: Float.self) : doubles().map { Float($0) }
    }

    /// The elements as `Int`s.
    ///
    /// - Throws: ``HingeError`` when the elements are not integers or booleans, or do not fit.
    public func integers() throws -> [Int] {
        switch dataType {
        case .int64: return try map(Int64.self) { Int($0) }
        case .int32: return try map(Int32.self) { Int($0) }
        case .int16: return try map(Int16.self) { Int($0) }
        case .int8: return try map(Int8.self) { Int($0) }
        case .uint8: return try map(UInt8.self) { Int($0) }
        case .uint16: return try map(UInt16.self) { Int($0) }
        case .uint32: return try map(UInt32.self) { Int($0) }
        case .uint64:
            return try array(of: UInt64.self).map { element in
                guard let value = Int(exactly: element) else {
                    throw HingeError(.badData, "\(element) is larger than \(Int.max)")
                }
                return value
            }
        case .bool: return try map(UInt8.self) { $0 == 0 ? 0 : 1 }
        case .int4, .uint4, .int2, .uint2: return try doubles().map { Int($0) }
        default: throw HingeError(.mismatch, "expected a tensor of integers, found \(dataType)")
        }
    }

    private func map<Element: TensorElement, Result>(
        _ type: Element.Type, _ transform: (Element) -> Result
    ) throws -> [Result] {
        try withUnsafeElements(of: Element.self) { elements in
            try MemoryLimit.checkArray(of: Result.self, count: elements.count)
            return elements.map(transform)
        }
    }
}

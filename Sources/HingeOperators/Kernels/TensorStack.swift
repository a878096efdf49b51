import HingeGraph

/// Tensors of one type and shape, one after the other along a new first dimension.
///
/// It grows as tensors come: nobody says how many there will be, and each is held against what a value may take.
struct TensorStack {
    /// The type and shape of each tensor; `nil` before the first.
    private var layout: (dataType: DataType, shape: [Int])?
    /// The number of tensors.
    private(set) var count = 0
    private var region: MemoryRegion?
    private var strings: [ByteString] = []
    /// The bytes of each tensor.
    private var stride = 0

    /// Adds a tensor.
    ///
    /// - Throws: ``HingeError`` with the code `mismatch` when it isn't of the type and shape of those before, or with
    ///   the code `limit` when all together take too much memory.
    mutating func append(_ tensor: Tensor) throws {
        if let layout {
            guard layout.dataType == tensor.dataType, layout.shape == tensor.shape else {
                throw HingeError(
                    .mismatch,
                    "expected \(layout.dataType)\(layout.shape) as before, "
                        + "found \(tensor.dataType)\(tensor.shape)")
            }
        } else {
            layout = (tensor.dataType, tensor.shape)
            stride = TensorStack.isPacked(tensor.dataType) ? tensor.count : tensor.byteCount
        }
        try MemoryLimit.check(tensor.dataType, [count + 1] + tensor.shape)
        if let elements = tensor.strings {
            try reserveStrings(elements.count)
            strings += elements
        } else {
            try reserve()
            try write(tensor)
        }
        count += 1
    }

    private static func isPacked(_ type: DataType) -> Bool {
        type != .string && type.bitWidth < 8
    }

    private mutating func reserveStrings(_ more: Int) throws {
        guard strings.count + more > strings.capacity else { return }
        let capacity = max(2 * strings.count, strings.count + more)
        try MemoryLimit.checkArray(of: ByteString.self, count: capacity)
        strings.reserveCapacity(capacity)
    }

    /// Makes room for one more tensor: twice the room there was.
    private mutating func reserve() throws {
        let used = count * stride
        guard used + stride > region?.byteCount ?? 0 else { return }
        let larger = try MemoryRegion(allocating: used + max(used, stride))
        if let region { larger.base.copyMemory(from: region.base, byteCount: used) }
        region = larger
    }

    private func write(_ tensor: Tensor) throws {
        guard stride > 0, let region else { return }
        let target = region.base + count * stride
        if TensorStack.isPacked(tensor.dataType) {
            target.copyMemory(from: tensor.unpacked, byteCount: stride)
        } else if let source = tensor.region {
            target.copyMemory(from: source.base, byteCount: stride)
        }
    }

    /// The stack as a tensor; `nil` if there is nothing in it.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for it.
    func tensor() throws -> Tensor? {
        guard let (dataType, elementShape) = layout else { return nil }
        let shape = [count] + elementShape
        if dataType == .string { return try Tensor(strings: strings, shape: shape) }
        guard let region else { return try Tensor(zeros: dataType, shape: shape) }
        if TensorStack.isPacked(dataType) {
            var context = EvaluationContext(inputs: [])
            let output = try context.output(0, dataType, shape)
            output.pack(Array(region.bytes.prefix(count * stride)))
            return context.outputs[0]?.tensor
        }
        return try Tensor(
            dataType: dataType, shape: shape,
            region: MemoryRegion(region, 0..<count * stride))
    }
}

extension TensorStack {
    /// Adds what a body gave in one iteration.
    ///
    /// - Parameter index: Which of the outputs that are stacked this is.
    /// - Throws: ``HingeError`` when it isn't a tensor, and as ``append(_:)`` does.
    mutating func append(_ value: Value?, output index: Int) throws {
        guard let tensor = value?.tensor else {
            throw HingeError(
                .mismatch,
                "expected a tensor as output \(index) of each iteration, found "
                    + (value == nil ? "none" : "another value"))
        }
        do {
            try append(tensor)
        } catch let error as HingeError where error.code == .mismatch {
            throw HingeError(
                .mismatch, "output \(index) of iteration \(count): \(error.message)",
                at: error.context)
        }
    }

    /// The stack of no tensors.
    ///
    /// - Parameters:
    ///   - extents: The extents in front, one of them 0.
    ///   - type: What is known of the tensors; extents that aren't known are 0.
    /// - Throws: ``HingeError`` when the element type isn't known.
    static func empty(_ extents: [Int], _ type: ValueType?) throws -> Tensor {
        guard let dataType = type?.dataType else {
            throw HingeError(
                .unsupported, "the type of what no iteration gives must be known, found none")
        }
        let shape = type?.shape?.dimensions.map { $0.extent ?? 0 } ?? []
        return try Tensor(zeros: dataType, shape: extents + shape)
    }
}

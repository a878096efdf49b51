import HingeGraph

extension EvaluationContext {
    /// The keys and the values of the map that is the input at `index`.
    ///
    /// - Throws: ``HingeError`` when it is absent or isn't a map.
    func map(_ index: Int) throws -> (keys: Tensor, values: [Value]) {
        let value = try value(index)
        guard case .map(let keys, let values) = value, keys.count == values.count else {
            throw HingeError(
                .mismatch, "expected a map as input \(index), found \(try value.valueType)")
        }
        return (keys, values)
    }

    /// Writes output 0 with the elements of a tensor that stand at the given places.
    mutating func pick(_ places: [Int], of tensor: Tensor, _ shape: [Int]) throws {
        try move(tensor, shape, by: BlockGather(offsets: places, length: 1))
    }
}

extension InferenceContext {
    /// What is known of the map that is the input at `index`: the types of keys and values.
    ///
    /// - Throws: ``HingeError`` when the input surely isn't a map.
    @discardableResult
    func requireMap(_ index: Int) throws -> (key: DataType?, value: DataType?) {
        guard let type = input(index)?.type else { return (nil, nil) }
        guard case .map(let key, let value) = type else {
            throw HingeError(.mismatch, "expected a map as input \(index), found \(type)")
        }
        return (key, value?.dataType)
    }
}

extension Tensor {
    /// Values that are tensors of one element each, as a vector; of a given type if there are none.
    ///
    /// - Throws: ``HingeError`` when one is something else, or their types differ.
    package static func stack(_ values: [Value], like type: DataType) throws -> Tensor {
        let tensors = try Value.tensors(values)
        guard let first = tensors.first else { return try Tensor(zeros: type, shape: [0]) }
        for tensor in tensors {
            guard tensor.count == 1 else {
                throw HingeError(.mismatch, "expected scalars in a map, found \(tensor.shape)")
            }
            try Tensor.requireSameType(first, tensor)
        }
        guard first.dataType != .string else {
            return try .vector(tensors.compactMap { $0.strings?.first })
        }
        var result = try Tensor(allocating: first.dataType, shape: [tensors.count])
        guard !first.dataType.isPacked else { throw first.notSupported(as: "a map") }
        let width = first.dataType.bitWidth / 8
        try result.withUnsafeMutableBytes { bytes in
            for (index, tensor) in tensors.enumerated() {
                tensor.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(
                        rebasing: bytes[index * width..<(index + 1) * width]
                    ).copyMemory(from: $0)
                }
            }
        }
        return result
    }

    /// The elements of a vector, each as a scalar.
    package func scalars() throws -> [Value] {
        if let strings { return try strings.map { .tensor(try Tensor(strings: [$0], shape: [])) } }
        guard !dataType.isPacked else { throw notSupported(as: "a map") }
        let width = dataType.bitWidth / 8
        return try withUnsafeBytes { bytes in
            try (0..<count).map { index in
                var scalar = try Tensor(allocating: dataType, shape: [])
                try scalar.withUnsafeMutableBytes {
                    $0.copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: bytes[index * width..<(index + 1) * width]))
                }
                return .tensor(scalar)
            }
        }
    }
}

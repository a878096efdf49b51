import HingeGraph

extension SparseTensor {
    /// The same tensor with its zeros.
    ///
    /// - Throws: ``HingeError`` when an index is out of range or the dense form is too large.
    func dense() throws -> Tensor {
        let count = try Tensor.count(of: shape)
        let width = values.dataType.bitWidth / 8
        guard width > 0, values.dataType != .string else {
            throw HingeError(.unsupported, "a sparse tensor of \(values.dataType)")
        }
        let positions = try linearIndices()
        guard positions.count == values.count else {
            throw HingeError(
                .badData, "expected \(values.count) indices, found \(positions.count)")
        }
        var result = try Tensor(zeros: values.dataType, shape: shape)
        try result.withUnsafeMutableBytes { target in
            try values.withUnsafeBytes { source in
                for (index, position) in positions.enumerated() {
                    guard (0..<count).contains(position) else {
                        throw HingeError(
                            .badData, "index \(position) is outside of shape \(shape)")
                    }
                    UnsafeMutableRawBufferPointer(
                        rebasing: target[position * width..<(position + 1) * width]
                    ).copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: source[index * width..<(index + 1) * width]))
                }
            }
        }
        return result
    }

    /// The position of each stored element in row-major order.
    private func linearIndices() throws -> [Int] {
        let numbers = try indices.integers()
        guard indices.rank == 2 else { return numbers }
        guard indices.shape[1] == shape.count else {
            throw HingeError(
                .badData,
                "expected indices of shape [\(values.count), \(shape.count)], found \(indices.shape)"
            )
        }
        return try (0..<indices.shape[0]).map { row in
            var position = 0
            for (axis, extent) in shape.enumerated() {
                let index = numbers[row * shape.count + axis]
                guard (0..<extent).contains(index) else {
                    throw HingeError(.badData, "index \(index) is outside of shape \(shape)")
                }
                position = position * extent + index
            }
            return position
        }
    }
}

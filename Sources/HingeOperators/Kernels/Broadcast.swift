import HingeGraph

/// Shapes that broadcast, as in NumPy: they are aligned at the right, and an extent of 1 is repeated.
enum Broadcast {
    /// The shape that two shapes broadcast to.
    ///
    /// - Throws: ``HingeError`` when they don't.
    static func shape(_ left: [Int], _ right: [Int]) throws -> [Int] {
        let rank = max(left.count, right.count)
        let shape = try (0..<rank).map { index in
            let a = index < rank - left.count ? 1 : left[index - (rank - left.count)]
            let b = index < rank - right.count ? 1 : right[index - (rank - right.count)]
            guard a == b || a == 1 || b == 1 else {
                throw HingeError(.mismatch, "shapes \(left) and \(right) do not broadcast")
            }
            return a == 1 ? b : a
        }
        _ = try Tensor.count(of: shape)
        return shape
    }

    /// The step of a tensor in each dimension of the shape that it broadcasts to.
    static func strides(of shape: [Int], in result: [Int]) -> [Int] {
        var strides = [Int](repeating: 0, count: result.count)
        var step = 1
        let offset = result.count - shape.count
        for index in shape.indices.reversed() {
            strides[index + offset] = shape[index] == 1 ? 0 : step
            step *= shape[index]
        }
        return strides
    }
}

extension Shape {
    /// The shape that two shapes broadcast to, as far as it can be told.
    ///
    /// - Throws: ``HingeError`` when they surely don't broadcast.
    package static func broadcast(_ left: Shape, _ right: Shape) throws -> Shape {
        let rank = max(left.rank, right.rank)
        return Shape(
            try (0..<rank).map { index in
                let a = index < rank - left.rank ? 1 : left[index - (rank - left.rank)]
                let b = index < rank - right.rank ? 1 : right[index - (rank - right.rank)]
                switch (a, b) {
                case (1, _): return b
                case (_, 1): return a
                case (.known(let extent), .known(let other)):
                    guard extent == other else {
                        throw HingeError(.mismatch, "shapes \(left) and \(right) do not broadcast")
                    }
                    return a
                case (.known, _): return a
                case (_, .known): return b
                default: return a == b && a != .unknown ? a : .unknown
                }
            })
    }
}

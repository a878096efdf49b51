import HingeGraph

extension EvaluationContext {
    /// Writes `(x − mean) / √(variance + epsilon)` of each run of `count` elements of input 0 to output 0, then lets
    /// `finish` scale the run.
    ///
    /// - Parameters:
    ///   - count: The number of elements that are normalized together; it divides the number of all.
    ///   - finish: Takes the number of the run, its elements, which are rounded after it, mean and inverse standard
    ///     deviation. Several threads call it at the same time.
    mutating func normalizeRuns<T: RealMatrixElement>(
        of count: Int, epsilon: Float, _ type: T.Type,
        _ finish: (Int, UnsafeMutableBufferPointer<T.Sum>, _ mean: T.Sum, _ inverse: T.Sum) -> Void
    ) throws {
        let x = try input(0)
        let y = try output(0, x.dataType, x.shape)
        let values = try x.reals(T.self)
        let runs = count == 0 ? 0 : x.count / count
        try y.withReals(T.self) { result in
            try values.withUnsafeElements(of: T.self) { values in
                parallelFor(runs, cost: 8 * count) { part in
                    let buffer = UnsafeMutableBufferPointer<T.Sum>.allocate(capacity: count)
                    defer { buffer.deallocate() }
                    for run in part {
                        let start = run * count
                        let source = UnsafeBufferPointer(rebasing: values[start..<start + count])
                        let (mean, variance) = T.moments(source)
                        let inverse = 1 / (variance + T.Sum(epsilon)).squareRoot()
                        for index in 0..<count {
                            buffer[index] = (source[index].term - mean) * inverse
                        }
                        finish(run, buffer, mean, inverse)
                        for index in 0..<count { result[start + index] = T(buffer[index]) }
                    }
                }
            }
        }
    }

    /// A parameter `[count]`.
    ///
    /// - Throws: ``HingeError`` when the input has another number of elements.
    func parameter<T: RealElement>(_ index: Int, count: Int, _ type: T.Type) throws -> [T] {
        let tensor = try input(index)
        guard tensor.count == count else {
            throw HingeError(
                .mismatch, "expected input \(index) of shape [\(count)], found \(tensor.shape)")
        }
        return try tensor.realArray(T.self)
    }
}

/// A factor or addend of normalized runs, which broadcasts to the whole.
struct LaidOver<T: RealElement> {
    private let values: [T]
    private let count: Int
    private let isSame: Bool

    /// - Parameters:
    ///   - tensor: The factor or addend.
    ///   - shape: The shape of the whole.
    ///   - axis: The first dimension of a run.
    /// - Throws: ``HingeError`` when the shapes don't fit.
    init(_ tensor: Tensor, over shape: [Int], from axis: Int) throws {
        guard tensor.rank <= shape.count, try Broadcast.shape(shape, tensor.shape) == shape else {
            throw HingeError(.mismatch, "\(tensor.shape) does not broadcast to \(shape)")
        }
        let steps = Broadcast.strides(of: tensor.shape, in: shape)
        isSame = steps.prefix(axis).allSatisfy { $0 == 0 }
        count = try Tensor.count(of: Array(shape.dropFirst(axis)))
        let elements = try tensor.realArray(T.self)
        var offsets = [0]
        for dimension in (isSame ? axis : 0)..<shape.count {
            offsets = offsets.flatMap { offset in
                (0..<shape[dimension]).map { offset + $0 * steps[dimension] }
            }
        }
        values = offsets.map { elements[$0] }
    }

    /// The element for one element of a run.
    @inline(__always)
    subscript(run: Int, index: Int) -> T { values[(isSame ? 0 : run * count) + index] }
}

extension NodeReader {
    /// The type in which statistics are kept: float32 unless the node says otherwise.
    func stashType() throws -> DataType {
        let type = try dataType("stash_type") ?? .float32
        switch type {
        case .float32, .float64, .float16, .bfloat16: return type
        default:
            throw error("stash_type", "expected a floating-point type, found \(type)")
        }
    }
}

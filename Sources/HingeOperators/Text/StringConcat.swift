import HingeGraph

/// Each string of input 0 followed by that of input 1; their shapes broadcast.
///
/// Source: ONNX StringConcat 20.
public struct StringConcat: Operator {
    /// Creates the operator.
    public init() {}
}

public extension StringConcat {
    static let type = "StringConcat"

    init(_ node: NodeReader) {}

    func spell(_ speller: inout Speller) { speller.emit(Self.type) }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        [try context.inferVariadic()]
    }

    var locality: Locality { .broadcasting }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (left, right) = (try context.strings(0), try context.strings(1))
        let shape = try Broadcast.shape(left.shape, right.shape)
        try MemoryLimit.check(.string, shape)
        let count = try Tensor.count(of: shape)
        let steps = [left.shape, right.shape].map { Broadcast.strides(of: $0, in: shape) }
        var places = (left: 0, right: 0)
        var index = [Int](repeating: 0, count: shape.count)
        var strings: [ByteString] = []
        strings.reserveCapacity(count)
        var byteCount = 0
        while strings.count < count {
            let (first, second) = (
                left.elements[places.left].bytes, right.elements[places.right].bytes
            )
            byteCount += first.count + second.count
            try MemoryLimit.checkText(byteCount: byteCount)
            strings.append(ByteString(bytes: first + second))
            for axis in shape.indices.reversed() {
                index[axis] += 1
                places.left += steps[0][axis]
                places.right += steps[1][axis]
                if index[axis] < shape[axis] { break }
                places.left -= steps[0][axis] * shape[axis]
                places.right -= steps[1][axis] * shape[axis]
                index[axis] = 0
            }
        }
        context.set(0, try Tensor(strings: strings, shape: shape))
    }
}

extension MemoryLimit {
    /// Checks that strings take no more bytes than a value may.
    ///
    /// - Throws: ``HingeError`` with the code `limit`.
    static func checkText(byteCount: Int) throws {
        guard byteCount <= perValue else {
            throw HingeError(.limit, "strings of \(byteCount) bytes are too large")
        }
    }
}

extension StringConcat: UndifferentiatedOperator {
    /// Its input is text.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its input is text") }
}

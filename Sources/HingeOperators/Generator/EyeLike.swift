import HingeGraph

/// A matrix of the input's shape with ones on one diagonal and zeros elsewhere.
///
/// Source: ONNX EyeLike 9, 22.
public struct EyeLike: Operator {
    /// The element type; that of the input if `nil`.
    public var dataType: DataType?
    /// The diagonal: 0 is the main one, positive ones lie above.
    public var diagonal: Int

    /// Creates the operator.
    public init(dataType: DataType? = nil, diagonal: Int = 0) {
        self.dataType = dataType
        self.diagonal = diagonal
    }
}

public extension EyeLike {
    static let type = "EyeLike"

    init(_ node: NodeReader) throws {
        dataType = try node.dataType("dtype")
        diagonal = try node.int("k", default: 0)
    }

    func spell(_ speller: inout Speller) {
        let type: [Attribute] = dataType.map { [.dataType("dtype", $0)] } ?? []
        speller.emit(Self.type, type + [.int("k", diagonal)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let shape = context.shape(0) {
            try context.require(shape.rank == 2, "expected a matrix, found \(shape)")
        }
        return [.tensor(dataType ?? context.dataType(0), context.shape(0))]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let x = try context.input(0)
        guard x.rank == 2 else {
            throw HingeError(.mismatch, "expected a matrix, found \(x.shape)")
        }
        let type = dataType ?? x.dataType
        let (rows, columns) = (x.shape[0], x.shape[1])
        try MemoryLimit.check(type, x.shape)
        let shift = min(max(diagonal, -rows), columns)
        let first = max(0, -shift)
        let offsets = (first..<max(first, min(rows, columns - shift))).map { row in
            row * columns + row + shift
        }
        try context.move(
            Tensor(zeros: type, shape: x.shape),
            Tensor(filledWith: 1, type, shape: [offsets.count]), x.shape,
            by: BlockScatter(count: x.count, offsets: offsets, length: 1))
    }
}

extension EyeLike: UndifferentiatedOperator {
    /// Its output depends on a shape only.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("its output depends on a shape only")
    }
}
